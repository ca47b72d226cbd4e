"""Store a small home of the present schema versions: `python -m tests.homes.make`, before a migration is added.

`NAME-VERSION.gz` is a database as that version of the program left it; one that is stored is never made again.
"""

import gzip
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from coach.config import Settings
from coach.service import Coach
from coach.talk.conversations import Exchange
from coach.talk.events import Answered, Plan
from tests.support.encoders import HashedEncoder

FOLDER = Path(__file__).parent
QUESTION = "什么是多头注意力？"
ARTICLE = f"""---
title: 注意力
difficulty: hard
---

# 注意力

## {QUESTION}

多头注意力把查询、键和值分到几个子空间里，各算一次注意力再拼接。

- 每个头关注不同的关系。
- 计算量与单头相同。

## 什么是自注意力？

自注意力的查询、键和值来自同一个序列，复杂度是序列长度的平方。
"""


def fill(home: Path, corpus: Path) -> None:
    """Use everything that is stored: articles, deleted and kept ones, conversations, interviews, own key points."""
    corpus.mkdir()
    (corpus / "attention.md").write_text(ARTICLE, encoding="utf-8")
    (corpus / "broken.pdf").write_bytes(b"no PDF")
    settings = Settings(home=home, corpus=corpus, llm="none")
    with Coach(settings, encoder=HashedEncoder()) as coach:
        list(coach.ingest())
        list(coach.add_text("笔记", "# 笔记\n\n## 什么是量化？\n\n量化用更少的位数存权重。\n"))
        coach.delete(next(article.id for article in coach.articles() if article.title == "笔记"))
        coach.set_refusal(0.05)
        coach.conversations.begin("first", QUESTION)
        coach.conversations.finish("first", 1, Exchange(QUESTION, answer=coach.answer(QUESTION), stage="done"))
        coach.conversations.begin("first", "还有呢？")
        done = coach.interviews.start(Plan(count=1, follow_ups=0))
        coach.interviews.send(done.id, Answered("多头注意力分几个子空间，最后拼接。"))
        going_on = coach.interviews.start(Plan(count=2, seed=1))
        coach.interviews.save_draft(going_on.id, "还没写完")
        if hasattr(coach.interviews, "set_key_points"):
            coach.interviews.set_key_points(coach.questions()[0].id, ["自己写的要点"])


def store(home: Path) -> list[Path]:
    """Pack the databases of a home; return what was not stored before."""
    made = []
    for database in sorted(home.glob("*.sqlite3")):
        with closing(sqlite3.connect(database)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        target = FOLDER / f"{database.stem}-{version}.gz"
        if not target.exists():
            target.write_bytes(gzip.compress(database.read_bytes(), mtime=0))
            made.append(target)
    return made


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "home", Path(folder) / "corpus")
        print(*(f"made {path.name}" for path in store(Path(folder) / "home")), sep="\n")


if __name__ == "__main__":
    main()
