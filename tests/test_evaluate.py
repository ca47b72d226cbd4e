import json

import pytest

from coach.cli import main
from coach.evaluate import evaluate, table
from coach.service import Coach


def test_the_figures_are_shares_and_own_questions_are_found(coach: Coach) -> None:
    report = evaluate(coach, questions=10)
    assert [ranking.questions for ranking in report.rankings] == [4] * 4
    assert report.rankings[0].recall_1 == 1.0
    for ranking in report.rankings:
        assert 0 <= ranking.recall_1 <= ranking.mrr <= ranking.recall_10 <= 1
        assert ranking.recall_1 <= ranking.recall_5 <= ranking.recall_10
    assert report.citations
    assert report.exact == 1.0
    assert report.own > 0.5
    assert "quoted word for word" in table(report)


def test_nothing_ingested_nothing_measured(open_coach: object) -> None:
    empty = open_coach()  # type: ignore[operator]
    report = evaluate(empty)
    assert report.rankings[0].questions == 0
    assert (report.wrong_answers, report.citations) == (0.0, 0)


def test_the_same_seed_tries_the_same_questions(coach: Coach) -> None:
    assert evaluate(coach, questions=2, seed=1) == evaluate(coach, questions=2, seed=1)
    assert evaluate(coach, questions=0).rankings[0].questions == 0


def test_the_threshold_moves_both_refusal_rates(coach: Coach) -> None:
    coach.set_refusal(0.0)
    all_answered = evaluate(coach)
    assert (all_answered.wrong_answers, all_answered.wrong_refusals) == (1.0, 0.0)
    coach.set_refusal(1.0)
    none_answered = evaluate(coach)
    assert (none_answered.wrong_answers, none_answered.wrong_refusals) == (0.0, 1.0)


@pytest.mark.slow
def test_the_command_prints_json(coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    settings = coach.settings
    flags = ["--home", str(settings.home), "--corpus", str(settings.corpus), "--model", "none"]
    assert main(["eval", "--json", "--questions", "2", *flags]) == 0
    assert json.loads(capsys.readouterr().out)["rankings"][0]["questions"] == 2
