"""The work behind the page: ingest when nothing is stored, then warm up; failures become a message."""

import pytest

from coach.errors import IngestError
from coach.ui.background import Background
from tests.ui.fake import FakeCoach


def test_an_empty_home_is_filled_first():
    coach = FakeCoach(empty=True)
    work = Background(coach)
    work.start().join(10)
    assert coach.articles() and coach.warm.is_set()
    assert work.progress.done == 3 and not work.busy and not work.problem


def test_a_filled_home_is_only_warmed_up():
    coach = FakeCoach()
    work = Background(coach)
    work.run()
    assert coach.warm.is_set() and work.progress is None


def test_busy_from_the_moment_it_starts():
    work = Background(FakeCoach(empty=True, delay=0.2))
    thread = work.start()
    assert work.busy
    thread.join(10)
    assert not work.busy


@pytest.mark.parametrize("part", ["ingest", "warm_up"])
def test_a_problem_is_kept_as_a_message(monkeypatch, part):
    coach = FakeCoach(empty=True)

    def fail(*_):
        raise IngestError("Another one is running.")

    monkeypatch.setattr(coach, part, fail)
    work = Background(coach)
    work.run()
    assert work.problem == "Another one is running." and not work.busy and not work.ingesting
