"""A page of a database that is damaged is told in a sentence that says how to go on."""

import pytest

from coach.backup import DATABASES
from coach.config import Settings
from coach.errors import HomeError
from coach.service import Coach
from coach.talk.conversations import Exchange
from coach.talk.events import Plan
from tests.support.encoders import HashedEncoder

PAGE = 4096


def use_all(settings: Settings) -> None:
    """Read everything that is stored."""
    with Coach(settings, encoder=HashedEncoder()) as coach:
        for info in coach.conversations.listed("注意力"):
            coach.conversations.load(info.id)
        for session in coach.interviews.sessions():
            coach.interviews.open(session.id)
        coach.interviews.memories()
        coach.articles(), coach.questions(), coach.passages(), coach.failures(), coach.search("注意力")


@pytest.mark.parametrize("name", DATABASES)
def test_damaged_pages_are_told(name: str, settings: Settings) -> None:
    with Coach(settings, encoder=HashedEncoder()) as coach:
        list(coach.ingest())
        for number in range(30):
            question = "什么是注意力？" * 20
            coach.conversations.begin(f"{number}", question)
            coach.conversations.finish(f"{number}", 1, Exchange(question, draft="内容" * 200, stage="stopped"))
            coach.interviews.start(Plan(count=1, seed=number))
    use_all(settings)
    file = settings.home / name
    assert not file.with_name(f"{name}-wal").exists()
    content = bytearray(file.read_bytes())
    for page in range(1, len(content) // PAGE):  # the first one holds the schema: then it is no database at all
        content[page * PAGE : page * PAGE + 100] = b"\xff" * 100
    file.write_bytes(content)
    with pytest.raises(HomeError, match="Restore it from a back-up") as told:
        use_all(settings)
    assert str(file) in str(told.value)
