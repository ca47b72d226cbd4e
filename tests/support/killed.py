"""What is killed at random moments, and what must hold after: `python -m tests.support.killed WORK KILLS [SEED]`.

Prints a row of docs/reliability.md; ends with a traceback if anything was lost, doubled or half.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import chromadb  # noqa: F401 - imported before forking: children start at once

from coach import backup
from coach.config import Settings
from coach.index import words
from coach.service import Coach
from coach.talk import answer, grader  # noqa: F401 - as above
from coach.talk.conversations import Exchange
from coach.talk.events import Answered, Plan, Skipped
from tests.support.encoders import HashedEncoder
from tests.support.hub import serve
from tests.support.killing import Fact, Tell, Work, kill, serving


def settings_in(folder: Path) -> Settings:
    return Settings(home=folder / "home", corpus=folder / "corpus", models=folder / "models", llm="none")


def opened(folder: Path) -> Coach:
    return Coach(settings_in(folder), encoder=HashedEncoder())


def write_corpus(folder: Path, articles: int = 10, questions: int = 4) -> None:
    corpus = folder / "corpus"
    corpus.mkdir(parents=True)
    for number in range(articles):
        texts = (
            f"## 什么是主题{number}之{part}？\n\n主题{number}之{part}是第{part}号方法。\n\n- 它很快。\n- 它占显存。\n"
            for part in range(questions)
        )
        (corpus / f"topic{number:03}.md").write_text("\n".join(texts), encoding="utf-8")


def assert_equal_ids(coach: Coach) -> None:
    encoder, vectors = coach._parts.backend()
    assert vectors.ids(encoder.fingerprint) == coach._manifest.passage_ids()


def assert_tidy(home: Path) -> None:
    """No file of an interrupted work is left once the coach is up."""
    left = [path.name for path in home.iterdir() if "restore" in path.name or path.name.startswith("tmp")]
    assert not left, left


class Chat(Work):
    """Questions, answers, titles, deleted conversations, and a setting."""

    name = "chat"

    def prepare(self, folder: Path) -> None:
        write_corpus(folder)
        with opened(folder) as coach:
            list(coach.ingest())

    def act(self, folder: Path, number: int, tell: Tell) -> None:
        with opened(folder) as coach:
            for turn in range(4):
                name, question = f"{number}-{turn % 2}", f"什么是主题{turn}之{number % 4}？"
                place = coach.conversations.begin(name, question)
                tell("asked", name, place, question)
                said = coach.answer(question)
                coach.conversations.finish(name, place, Exchange(question, answer=said, stage="done"))
                tell("answered", name, place, said.text)
            coach.conversations.rename(f"{number}-0", f"title {number}")
            tell("named", f"{number}-0", f"title {number}")
            coach.set_refusal(number / 10_000)
            tell("refusal", number / 10_000)
            if number > 5:
                coach.conversations.delete(f"{number - 5}-1")
                tell("deleted", f"{number - 5}-1")

    def check(self, folder: Path, facts: list[Fact]) -> None:
        last = max((int(str(fact[1]).split("-")[0]) for fact in facts if fact[0] == "asked"), default=0)
        with opened(folder) as coach:
            coach.warm_up()
            assert_equal_ids(coach)
            listed = {info.id: info.title for info in coach.conversations.listed()}
            gone = {name for kind, name, *_ in facts if kind == "deleted"}
            assert not gone & set(listed)
            for kind, *rest in facts:
                if kind == "refusal":
                    assert coach.refusal >= float(rest[0])
                if kind in ("refusal", "deleted") or int(str(rest[0]).split("-")[0]) < last - 2 or rest[0] in gone:
                    continue
                name = str(rest[0])
                if name not in listed:  # deleted, and not told any more
                    assert int(name.split("-")[0]) < last - 3
                    continue
                exchanges = coach.conversations.load(name).exchanges
                match kind, *rest:
                    case "asked", _, int(place), question:
                        assert exchanges[place - 1].question == question
                    case "answered", _, int(place), text:
                        found = exchanges[place - 1].answer
                        assert found and found.text == text
                    case "named", _, title:
                        assert listed[name] == title
            assert coach.answer("什么是主题1之1？").citations


class Interview(Work):
    """Interviews with answers, drafts, own key points."""

    name = "interview"

    def prepare(self, folder: Path) -> None:
        Chat().prepare(folder)

    def act(self, folder: Path, number: int, tell: Tell) -> None:
        with opened(folder) as coach:
            question = coach.questions()[0].id
            coach.interviews.set_key_points(question, [f"要点 {number}", "另一个要点"])
            tell("points", question, number)
            session = coach.interviews.start(Plan(count=2, seed=number))
            tell("sent", session.id, session.number)
            while session.interview.phase != "done":
                text = f"它是第{number}号方法，很快，但是占显存。"
                coach.interviews.save_draft(session.id, text)
                tell("draft", session.id, text)
                event = Skipped() if len(session.interview.rounds) > 1 and number % 3 == 0 else Answered(text)
                session = coach.interviews.send(session.id, event)
                tell("sent", session.id, session.number)
            tell("done", session.id)

    def check(self, folder: Path, facts: list[Fact]) -> None:
        numbers = {str(id_): int(number) for kind, id_, *rest in facts if kind == "sent" for number in rest}
        last = {str(fact[1]): fact for fact in facts}
        done = {id_ for kind, id_, *_ in facts if kind == "done"}
        with opened(folder) as coach:
            interviews = coach.interviews
            ended = {info.id: info.ended_at for info in interviews.sessions()}
            assert all(ended[str(id_)] is not None for id_ in done)
            for id_ in list(numbers)[-3:]:
                session = interviews.open(id_)
                assert session.number >= numbers[id_]
                if last[id_][0] == "draft" and session.number == numbers[id_]:
                    assert interviews.draft(id_) == last[id_][2]
                after = interviews.resume(id_)
                assert after and after.interview.phase != "assessing"
                assert after.interview.phase == "done" or ended[id_] is None
                assert interviews.report(id_)
            for kind, question, *rest in facts[-30:]:
                if kind == "points":
                    found = interviews.key_points(str(question)).points[0]
                    assert int(str(getattr(found, "text", found)).split()[-1]) >= int(rest[0])
            assert interviews.due() is not None


class Articles(Work):
    """Articles that are added, deleted and put back on the page."""

    name = "added articles"

    def prepare(self, folder: Path) -> None:
        Chat().prepare(folder)

    def act(self, folder: Path, number: int, tell: Tell) -> None:
        with opened(folder) as coach:
            for part in range(3):
                title = f"文章{number}之{part}"
                list(coach.add_text(title, f"# {title}\n\n## 什么是{title}？\n\n{title}是一种方法。\n"))
                tell("added", title)
            gone = next(article.id for article in coach.articles() if article.title == f"文章{number}之0")
            coach.delete(gone)
            tell("deleted", f"文章{number}之0")
            if number % 2:
                tell("asked back", f"文章{number}之0")
                list(coach.undelete(gone))
                tell("back", f"文章{number}之0")

    def check(self, folder: Path, facts: list[Fact]) -> None:
        with opened(folder) as coach:
            coach.warm_up()
            assert_equal_ids(coach)
            assert all(progress.status != "failed" for progress in coach.ingest())
            assert_equal_ids(coach)
            titles = Counter(article.title for article in coach.articles())
            assert all(count == 1 for count in titles.values())
            last = {str(title): str(kind) for kind, title in facts}
            for title, kind in last.items():  # what was "asked back" may be there or not
                if kind == "deleted":
                    assert titles[title] == 0, title
                if kind == "back" or (kind == "added" and not title.endswith("之0")):
                    assert titles[title] == 1, title
            assert len(coach.questions()) == len(coach.passages())


class Download(Work):
    """A model file from a hub on loopback."""

    name = "download"
    model = "owner/tiny-GGUF/tiny.gguf"
    data = hashlib.shake_256(b"a file").digest(1 << 20)

    @contextmanager
    def around(self, folder: Path) -> Iterator[None]:
        def hub(ready: Callable[[str], None]) -> None:
            with serve() as served:
                served.put(self.data)
                served.slow = 0.001
                ready(served.base)
                os.read(os.pipe()[0], 1)  # for ever

        with serving(hub) as base:
            os.environ["HF_ENDPOINT"] = base
            yield

    def prepare(self, folder: Path) -> None:
        (folder / "corpus").mkdir(parents=True)

    def act(self, folder: Path, number: int, tell: Tell) -> None:
        file = folder / "models" / "tiny.gguf"
        with opened(folder) as coach:
            if file.exists():
                coach.remove_model("tiny")
                tell("removed", number)
            states = [pull.state for pull in coach.pull(self.model, "mirror")]
            assert states[-1] == "done"
            tell("pulled", number)

    def check(self, folder: Path, facts: list[Fact]) -> None:
        file = folder / "models" / "tiny.gguf"
        if file.exists():
            assert file.read_bytes() == self.data
            assert hashlib.sha256(self.data).hexdigest() in file.with_name("tiny.gguf.sha256").read_text()
        elif facts:
            assert facts[-1][0] == "removed" or facts[-1][0] == "pulled"  # removed, and not told any more
        with opened(folder) as coach:
            assert bool([info for info in coach.models() if info.path == file]) == file.exists()


class Reembed(Work):
    """Another encoder, with all passages embedded again."""

    name = "re-embedding"

    def prepare(self, folder: Path) -> None:
        import torch

        from tests.support.tiny_transformers import save_encoder

        torch.set_num_threads(1)
        write_corpus(folder, articles=30)
        for seed in (1, 2):
            save_encoder(folder / "models" / f"tiny{seed}", seed=seed)
        with Coach(settings_in(folder)) as coach:
            self._change(coach, "tiny1")
            list(coach.ingest())
            coach.encoders.wait()

    def _change(self, coach: Coach, name: str) -> None:
        import torch

        torch.set_num_threads(1)
        coach.encoders.use(str(coach.settings.models / name))
        for _ in coach.encoders.follow():
            pass

    def act(self, folder: Path, number: int, tell: Tell) -> None:
        with Coach(settings_in(folder)) as coach:
            name = "tiny1" if coach.encoders.used.endswith("2") else "tiny2"
            tell("chosen", name)
            self._change(coach, name)
            tell("used", name)

    def check(self, folder: Path, facts: list[Fact]) -> None:
        import torch

        torch.set_num_threads(1)
        with Coach(settings_in(folder)) as coach:
            assert coach.search("什么是主题1之1？"), "search must work before anything is embedded again"
            coach.encoders.begin()
            coach.encoders.wait()
            assert not coach.encoders.pending
            if facts and facts[-1][0] == "used":
                assert coach.encoders.used.endswith(str(facts[-1][1]))
            coach.heal()
            assert_equal_ids(coach)
            encoder, vectors = coach._parts.backend()
            assert vectors.fingerprints() == {encoder.fingerprint}
            assert coach.weigh("什么是主题1之1？")[0]


class BackUp(Work):
    """Back-ups while conversations go on."""

    name = "back-up"

    def prepare(self, folder: Path) -> None:
        Chat().prepare(folder)
        with opened(folder) as coach:
            list(coach.add_text("笔记", "# 笔记\n\n## 什么是量化？\n\n量化减少位数。\n"))

    def act(self, folder: Path, number: int, tell: Tell) -> None:
        with opened(folder) as coach:
            for turn in range(3):
                coach.conversations.begin(f"{number}-{turn}", "什么是量化？")
                tell("asked", f"{number}-{turn}")
                contents = backup.back_up(coach.settings, folder / "all.zip")
                tell("backed up", contents.conversations)

    def check(self, folder: Path, facts: list[Fact]) -> None:
        with opened(folder) as coach:
            assert_tidy(coach.settings.home)
            assert {str(fact[1]) for fact in facts if fact[0] == "asked"} <= {
                i.id for i in coach.conversations.listed()
            }
            if (folder / "all.zip").exists():
                contents = backup.examine(coach.settings, folder / "all.zip")
                held = [int(fact[1]) for fact in facts if fact[0] == "backed up"]
                assert contents.conversations >= max(held, default=0) and contents.articles == 1
            else:
                assert not any(fact[0] == "backed up" for fact in facts)


class Restore(Work):
    """Back-ups that take the place of everything, and deleting everything."""

    name = "restore"
    kinds = ("a", "b", "c", "none")

    def prepare(self, folder: Path) -> None:
        (folder / "corpus").mkdir(parents=True)
        for kind in self.kinds[:3]:
            place = folder / f"made-{kind}"
            settings = settings_in(folder).model_copy(update={"home": place})
            with Coach(settings, encoder=HashedEncoder()) as coach:
                for number in range(5):
                    text = f"# {kind}{number}\n\n## 什么是{kind}{number}？\n\n{kind}{number}是一种方法。\n"
                    list(coach.add_text(f"{kind}{number}", text))
                    coach.conversations.begin(f"{kind}{number}", kind)
                    coach.interviews.start(Plan(count=1, seed=number))
                backup.back_up(settings, folder / f"{kind}.zip")
        with opened(folder):
            pass

    def act(self, folder: Path, number: int, tell: Tell) -> None:
        with opened(folder) as coach:
            for turn in range(3):
                kind = self.kinds[(number + turn) % 4]
                tell("begun", kind)
                if kind == "none":
                    backup.erase(coach.settings)
                else:
                    backup.restore(coach.settings, folder / f"{kind}.zip")
                tell("restored", kind)

    def check(self, folder: Path, facts: list[Fact]) -> None:
        seen = folder / "found"  # after the run before: how many facts there were, and what was there
        known, found = seen.read_text().split() if seen.exists() else ("0", "none")
        begun = [str(kind) for state, kind in facts[int(known) :] if state == "begun"]
        done = [found, *(str(kind) for state, kind in facts[int(known) :] if state == "restored")]
        with opened(folder) as coach:
            assert_tidy(coach.settings.home)
            talks = {info.title for info in coach.conversations.listed()}
            [kind] = talks or {"none"}
            assert kind in {*begun[-1:], done[-1]}, (kind, begun, done)
            seen.write_text(f"{len(facts)} {kind}")
            count = 0 if kind == "none" else 5
            files = (
                sorted(path.stem for path in coach.settings.library.glob("*"))
                if coach.settings.library.is_dir()
                else []
            )
            assert files == sorted(f"{kind}{number}" for number in range(count))
            assert len(coach.conversations.listed()) == len(coach.interviews.sessions()) == count
            assert {article.title for article in coach.articles()} == set(files)
            coach.warm_up()
            assert_equal_ids(coach)


WORKS = {work.name: work for work in (Chat(), Interview(), Articles(), Download(), Reembed(), BackUp(), Restore())}


def main(name: str, kills: int, seed: int = 0) -> None:
    words.warm_up()
    if name == Reembed.name:
        import sentence_transformers  # noqa: F401 - imported before forking: children start at once
    folder = Path(tempfile.mkdtemp(prefix="killed-"))
    try:
        print(kill(WORKS[name], folder, kills, seed).row())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
