import io
from collections.abc import Callable

import pytest

from coach.cli import main
from coach.service import Coach


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], coach: Coach) -> Callable[..., str]:
    """Runs `coach interview` with piped input and returns what it wrote."""
    coach.close()
    flags = ["--home", str(coach.settings.home), "--corpus", str(coach.settings.corpus), "--model", "none"]

    def run(text: str, *more: str) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        assert main(["interview", *flags, *more]) == 0
        return capsys.readouterr().out

    return run


def test_a_whole_interview(held: Callable[..., str]) -> None:
    out = held("我认为有关。\n第二行。\n\n/unknown\n" + "/hint\n/repeat\n/unknown\n" * 9, "--count", "2", "--seed", "1")
    assert "# 模拟面试报告" in out
    assert "## 逐题" in out
    assert "我认为有关。 第二行。" in out


def test_what_was_typed_is_kept_and_goes_on(held: Callable[..., str]) -> None:
    out = held("半句话\n", "--count", "1", "--seed", "1")
    assert "--resume" in out
    assert "报告" not in out.splitlines()[-1]
    out = held("/nonsense\n/end\n", "--resume")
    assert "半句话" in out
    assert "没有这个命令" in out
    assert "# 模拟面试报告" in out


def test_nothing_that_fits_is_told(held: Callable[..., str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError):
        held("", "--source", "due")
    assert "due for review" in capsys.readouterr().err
