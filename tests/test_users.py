"""Users: names, passwords, who takes over what; each person's histories in databases of their own."""

import io
import stat
import sys

import pytest

from coach.cli import main
from coach.errors import UserError
from coach.people import People
from coach.talk.conversations import Conversations
from coach.users import DATABASE, Users


@pytest.fixture
def users(tmp_path):
    opened = Users(tmp_path)
    yield opened
    opened.close()


def test_the_file_is_for_its_owner_alone_and_holds_no_password(users, tmp_path):
    users.add("ann", "correct horse")
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob(f"{DATABASE}*")} == {0o600}
    users.close()
    assert stat.S_IMODE((tmp_path / DATABASE).stat().st_mode) == 0o600
    assert b"correct horse" not in (tmp_path / DATABASE).read_bytes()


def test_a_password_is_verified_and_changed(users):
    users.add("Ann", "correct horse")
    assert users.verified("ann", "correct horse") == users.verified("ＡＮＮ ", "correct horse") == users.find("ann")
    assert users.verified("ann", "wrong horse") is users.verified("bob", "correct horse") is None
    before = users.find("ann").stamp
    users.set_password("ann", "battery staple")
    assert users.verified("ann", "correct horse") is None and users.verified("ann", "battery staple")
    assert users.find("ann").stamp != before


def test_two_equal_passwords_are_stored_differently(users):
    for name in ("ann", "bob"):
        users.add(name, "correct horse")
    with users._pool.use() as connection:
        hashes = {bytes(row[0]) for row in connection.execute("SELECT hash FROM users")}
    assert len(hashes) == 2


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "-a", "x" * 41, "<b>"])
def test_what_is_no_name_is_refused(users, name):
    with pytest.raises(UserError, match="can't be a user's name"):
        users.add(name, "correct horse")


def test_a_short_password_and_a_name_that_is_taken_are_refused(users):
    with pytest.raises(UserError, match="at least 8"):
        users.add("ann", "short")
    users.add("ann", "correct horse")
    with pytest.raises(UserError, match="already"):
        users.add("ANN", "correct horse")
    with pytest.raises(UserError, match="no user"):
        users.set_password("bob", "correct horse")


def test_the_first_user_takes_over_the_home_of_before_the_others_begin_anew(users, tmp_path):
    before = Conversations(tmp_path / "conversations.sqlite3")
    before.begin("c1", "留下的问题")
    before.close()
    ann, bob = users.add("ann", "correct horse"), users.add("bob", "correct horse")
    assert (ann.folder, ann.admin, bob.admin) == ("", True, False) and bob.folder.startswith("people/")
    people = People(tmp_path, lambda folder: None)
    assert [info.title for info in people.of(ann.folder).conversations.listed()] == ["留下的问题"]
    assert people.of(bob.folder).conversations.listed() == []
    people.of(bob.folder).conversations.begin("c1", "别人的问题")
    assert people.of(ann.folder).conversations.load("c1").title == "留下的问题"
    people.close()


def test_the_command_adds_lists_changes_and_removes(tmp_path, capsys, monkeypatch):
    def run(*arguments, typed=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = main(["user", *arguments, "--home", str(tmp_path)])
        return code, capsys.readouterr()

    code, said = run("add", "ann", typed="correct horse\n")
    assert code == 0 and "as an admin" in said.out and "now theirs" in said.out
    code, said = run("add", "bob", typed="correct horse\n")
    assert code == 0 and "admin" not in said.out
    assert run()[1].out.split("\n")[:2] == ["ann  admin", "bob"]
    code, said = run("add", "bob", typed="correct horse\n")
    assert code == 2 and said.err.startswith("error: There is a user")
    assert run("password", "bob", typed="battery staple\n")[0] == 0
    folder = tmp_path / Users(tmp_path).find("bob").folder
    folder.mkdir(parents=True)
    code, said = run("remove", "bob")
    assert code == 2 and "--yes" in said.err and "bob" in run()[1].out
    monkeypatch.setattr("shutil.rmtree", _refusing)
    run("add", "eve", typed="correct horse\n")
    left = tmp_path / Users(tmp_path).find("eve").folder
    left.mkdir(parents=True)
    code, said = run("remove", "eve", "--yes")
    assert code == 2 and str(left) in said.err and "eve" not in run()[1].out
    monkeypatch.undo()
    assert run("remove", "bob", "--yes")[0] == 0 and not folder.exists()
    assert run("remove", "bob", "--yes")[0] == 2
    assert run("add")[0] == 2


def _refusing(_folder):
    raise PermissionError("not yours")
