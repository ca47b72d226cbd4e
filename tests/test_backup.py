"""A back-up brings everything back, also over a crash; nothing but a whole back-up is ever restored."""

import json
import shutil
import sqlite3
import stat
import zipfile
from contextlib import closing

import pytest
from filelock import FileLock

from coach import backup
from coach.backup import DATABASES, back_up, erase, examine, finish, restore
from coach.cli import main
from coach.config import Settings
from coach.errors import BackupError
from coach.service import Coach
from coach.talk.conversations import Exchange
from coach.users import Users

NOTE = "# 笔记\n\n## 什么是 GPTQ 量化？\n\nGPTQ 逐层量化权重，用二阶信息补偿误差。\n"


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "corpus").mkdir()
    return Settings(home=tmp_path / "home", corpus=tmp_path / "corpus", llm="none")


@pytest.fixture
def filled(settings):
    with Coach(settings) as coach:
        list(coach.add_text("笔记", NOTE))
        coach.conversations.begin("c1", "什么是 GPTQ？")
        coach.conversations.finish("c1", 1, Exchange("什么是 GPTQ？", stage="done"))
        assert coach.interviews
    return settings


@pytest.fixture
def file(filled, tmp_path):
    back_up(filled, tmp_path / "all.zip")
    return tmp_path / "all.zip"


def titles(settings):
    with Coach(settings) as coach:
        return [article.title for article in coach.articles()], [talk.title for talk in coach.conversations.listed()]


def rewritten(file, change):
    """The back-up again, each entry as `change` gives it: (entry, bytes) or None."""
    target = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            changed = change(entry, old.read(entry))
            if changed:
                new.writestr(*changed)
    return target


FULL, EMPTY = (["笔记"], ["什么是 GPTQ？"]), ([], [])


def test_everything_comes_back_into_an_empty_home(file, tmp_path):
    other = Settings(home=tmp_path / "other", corpus=tmp_path / "corpus", llm="none")
    other.make_home()
    assert (examine(other, file).articles, examine(other, file).conversations) == (1, 1)
    restore(other, file)
    with Coach(other) as coach:
        assert [progress.status for progress in coach.ingest()] != ["failed"]
        assert "二阶信息" in coach.search("什么是 GPTQ 量化？")[0].passage.text
    assert titles(other) == FULL and not (other.home / "restore").exists()


def test_a_coach_at_work_goes_on_with_what_was_restored(file, filled):
    erase(filled)
    with Coach(filled) as coach:
        assert coach.search("什么是 GPTQ 量化？") == [] and coach.conversations.listed() == []
        restore(filled, file)
        for _ in coach.ingest():
            pass
        assert "二阶信息" in coach.search("什么是 GPTQ 量化？")[0].passage.text
        assert [talk.title for talk in coach.conversations.listed()] == ["什么是 GPTQ？"]
        erase(filled)
        for _ in coach.ingest():
            pass
        assert coach.search("什么是 GPTQ 量化？") == [] and coach.status().passages == 0


def test_after_a_restore_the_vectors_are_those_of_the_articles(file, filled):
    """Also when both homes have counted as many changes."""
    erase(filled)
    with Coach(filled) as coach:
        list(coach.add_text("别的", NOTE.replace("GPTQ", "AWQ")))
        restore(filled, file)
        coach.heal()
        encoder, vectors = coach._parts.backend()
        assert vectors.ids(encoder.fingerprint) == coach._manifest.passage_ids()


def test_what_an_interrupted_back_up_left_is_removed_at_the_next_start(filled):
    (filled.home / backup.COPIES).mkdir()
    (filled.home / backup.COPIES / "coach.sqlite3").write_text("of before")
    assert titles(filled) == FULL
    assert not list(filled.home.glob("*restore*"))


def test_after_erasing_no_word_is_left_in_the_databases(filled):
    erase(filled)
    assert titles(filled) == EMPTY and not list(filled.library.iterdir())
    for name in DATABASES:
        assert b"GPTQ" not in (filled.home / name).read_bytes()


class CrashError(Exception):
    pass


@pytest.mark.parametrize("step", range(6))
def test_a_restore_that_is_interrupted_is_finished_at_the_next_start(file, filled, monkeypatch, step):
    erase(filled)
    calls = iter(range(100))

    def crash(real):
        def call(*args, **named):
            if next(calls) == step:
                raise CrashError
            return real(*args, **named)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(backup.db, "connect", crash(backup.db.connect))
        patch.setattr(backup, "_prove_database", lambda *_: None)
        patch.setattr(backup.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(CrashError):
            restore(filled, file)
    assert filled.restoring.is_dir()
    assert titles(filled) == FULL and not filled.restoring.exists()


def test_a_restore_that_stopped_between_moving_the_articles_is_finished(file, filled):
    erase(filled)
    backup._unpack(file, backup._emptied(filled.restoring))
    shutil.rmtree(filled.library)
    (filled.restoring / "articles").rename(filled.library)
    finish(filled)
    assert titles(filled) == FULL


def test_nothing_is_changed_while_articles_are_read(file, filled, monkeypatch):
    monkeypatch.setattr(backup, "LOCK_SECONDS", 0.05)
    with FileLock(filled.home / "ingest.lock"), pytest.raises(BackupError, match="being read"):
        erase(filled)
    assert titles(filled) == FULL


@pytest.mark.parametrize(
    "name",
    ["../evil.md", "articles/../../evil.md", "/etc/evil", "articles\\..\\evil", "C:/evil", "evil.sqlite3", "articles"],
)
def test_a_name_that_leads_elsewhere_is_refused(file, filled, tmp_path, name):
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, "evil")
    with pytest.raises(BackupError):
        restore(filled, file)
    assert titles(filled) == FULL and not list(tmp_path.rglob("evil*"))


def test_a_link_is_refused(file, filled):
    entry = zipfile.ZipInfo("articles/link.md")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(BackupError, match=r"link\.md"):
        examine(filled, file)


def test_a_file_that_unpacks_to_too_much_is_refused(file, filled, monkeypatch):
    monkeypatch.setattr(backup, "MOST_BYTES", 1000)
    with pytest.raises(BackupError, match="unpacks to more"):
        examine(filled, file)


def test_a_trigger_in_a_database_is_refused(file, filled, tmp_path):
    def plant(entry, content):
        if entry.filename == "conversations.sqlite3":
            (tmp_path / "db").write_bytes(content)
            with closing(sqlite3.connect(tmp_path / "db")) as connection:
                connection.execute(
                    "CREATE TRIGGER t AFTER INSERT ON conversations BEGIN DELETE FROM conversations; END"
                )
                connection.commit()
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            content = (tmp_path / "db").read_bytes()
        return entry.filename, content

    with pytest.raises(BackupError, match="damaged"):
        examine(filled, rewritten(file, plant))


@pytest.mark.parametrize(
    "change",
    [
        lambda entry, content: None if entry.filename == "coach.sqlite3" else (entry.filename, content),
        lambda entry, content: None if entry.filename == "backup.json" else (entry.filename, content),
        lambda entry, content: (entry.filename, b"[]" if entry.filename == "backup.json" else content),
        lambda entry, content: (entry.filename, b"no database" * 99 if entry.filename.endswith("3") else content),
        lambda entry, content: (entry.filename, content[:5000] if entry.filename.endswith("3") else content),
    ],
    ids=["lacks the articles", "lacks its contents", "other contents", "no databases", "cut databases"],
)
def test_what_is_no_whole_back_up_is_refused(file, filled, change):
    with pytest.raises(BackupError):
        restore(filled, rewritten(file, change))
    assert titles(filled) == FULL


def test_other_files_and_newer_back_ups_are_refused(file, filled, tmp_path):
    (tmp_path / "text.zip").write_text("no zip")
    for other in (tmp_path / "text.zip", tmp_path / "missing.zip"):
        with pytest.raises(BackupError, match="no back-up"):
            examine(filled, other)

    def newer(entry, content):
        if entry.filename == "backup.json":
            content = json.dumps({**json.loads(content), "format": 99}).encode()
        return entry.filename, content

    with pytest.raises(BackupError, match="newer"):
        examine(filled, rewritten(file, newer))


def test_a_back_up_that_can_not_be_written_leaves_nothing(filled, tmp_path):
    with pytest.raises(BackupError, match="can't be written"):
        back_up(filled, tmp_path / "missing" / "all.zip")
    assert not list(filled.home.glob("tmp*"))


def test_from_the_command_line(filled, tmp_path, capsys, monkeypatch):
    flags = ["--home", str(filled.home), "--corpus", str(filled.corpus), "--model", "none"]
    file = str(tmp_path / "mine.zip")
    assert main(["backup", file, *flags]) == 0 and "1 conversations" in capsys.readouterr().out
    erase(filled)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert main(["restore", file, *flags]) == 0
    assert titles(filled) == EMPTY
    assert main(["restore", file, "--yes", *flags]) == 0
    assert titles(filled) == FULL
    assert main(["restore", str(tmp_path / "none.zip"), *flags]) == 2 and "no back-up" in capsys.readouterr().err


def say(settings, folder, text):
    with Coach(settings) as coach:
        talks = coach.people.of(folder).conversations
        talks.begin(text, text)
        talks.finish(text, 1, Exchange(text, stage="done"))


def said(settings, folder):
    with Coach(settings) as coach:
        return [talk.title for talk in coach.people.of(folder).conversations.listed()]


@pytest.fixture
def shared(filled):
    """A home with two users, who have both asked something."""
    with closing(Users(filled.home)) as users:
        users.add("ann", "correct horse", admin=True)
        bob = users.add("bob", "battery staple").folder
    say(filled, bob, "Bob asks")
    return filled, bob


def test_histories_of_all_users_come_back_and_who_may_sign_in(shared, tmp_path):
    settings, bob = shared
    contents = back_up(settings, tmp_path / "all.zip")
    assert contents.conversations == 2
    say(settings, bob, "Bob asks later")
    with closing(Users(settings.home)) as users:
        users.set_password("bob", "another one")
        carol = users.add("carol", "carols password").folder
    say(settings, carol, "Carol asks")
    restore(settings, tmp_path / "all.zip")
    assert said(settings, bob) == ["Bob asks"]
    assert said(settings, carol) == []
    with closing(Users(settings.home)) as users:
        assert [user.name for user in users.listed()] == ["ann", "bob"]
        assert users.verified("bob", "battery staple")
    assert stat.S_IMODE((settings.home / "users.sqlite3").stat().st_mode) == 0o600


def test_users_come_to_a_new_home(shared, tmp_path):
    settings, bob = shared
    back_up(settings, tmp_path / "all.zip")
    other = Settings(home=tmp_path / "other", corpus=settings.corpus, llm="none")
    with Coach(other):
        pass
    restore(other, tmp_path / "all.zip")
    assert said(other, bob) == ["Bob asks"]
    assert stat.S_IMODE((other.home / "users.sqlite3").stat().st_mode) == 0o600
    assert stat.S_IMODE((other.home / bob).stat().st_mode) == 0o700


def test_a_back_up_without_users_leaves_users_alone(file, filled):
    with closing(Users(filled.home)) as users:
        users.add("ann", "correct horse")
        bob = users.add("bob", "battery staple").folder
    say(filled, bob, "Bob asks")
    restore(filled, file)
    assert said(filled, bob) == ["Bob asks"]
    with closing(Users(filled.home)) as users:
        assert len(users.listed()) == 2


def test_erasing_forgets_what_all_users_said_but_not_who_may_sign_in(shared):
    settings, bob = shared
    erase(settings)
    assert said(settings, bob) == said(settings, "") == []
    with closing(Users(settings.home)) as users:
        assert users.verified("bob", "battery staple")


def test_histories_without_their_users_are_refused(shared, tmp_path):
    settings, _ = shared
    back_up(settings, tmp_path / "all.zip")
    changed = rewritten(
        tmp_path / "all.zip", lambda entry, data: None if entry.filename == "users.sqlite3" else (entry, data)
    )
    with pytest.raises(BackupError, match=r"lacks users\.sqlite3"):
        restore(settings, changed)


def test_a_back_up_is_for_its_owner_alone(file):
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
