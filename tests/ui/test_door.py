"""A page with users: who is not signed in gets nothing, and nobody gets what is another's, by any address or event."""

import json
import re
import uuid
from contextlib import closing
from itertools import count
from types import SimpleNamespace
from urllib.parse import quote

import anyio
import httpx
import pytest
from starlette.exceptions import HTTPException

from coach.errors import ServeError
from coach.talk.conversations import Exchange
from coach.talk.events import Answered, Plan
from coach.ui import door
from coach.ui.limits import PER_MINUTE, Allowance
from coach.ui.page import launch
from coach.users import Users
from tests.conftest import ATTENTION
from tests.support.encoders import HashedEncoder

PASSWORD = "correct horse"
SECRET = "annsecretquestion"
ACTIONS = ("open", "finish", "delete", "ask", "tab", "contest")
OPEN = {*door.PUBLIC, "/login/", "/gradio_api/user/", "/gradio_api/login_check/", "/gradio_api/app_id/"}


def test_an_address_that_others_reach_needs_users(settings):
    def refused(**changes):
        with pytest.raises(ServeError) as raised:
            door.guests(settings.model_copy(update=changes))
        return str(raised.value)

    settings.make_home()
    for host in ("0.0.0.0", "192.168.1.5", "::", "coach.lan"):
        assert "coach user add NAME" in refused(host=host) and "--auth" in refused(host=host)
    assert "coach user add NAME" in refused(auth=True)
    assert "coach.example.org" in refused(domain="coach.example.org"), "a proxy lets others in"
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.2"):
        assert door.guests(settings.model_copy(update={"host": host})) is None


def test_an_allowance_is_used_up_and_comes_back():
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    assert [allowance.take("a", "ann", 3) for _ in range(4)] == [True, True, True, False]
    assert allowance.take("a", "bob", 3)
    now[0] = 20.0
    assert [allowance.take("a", "ann", 3) for _ in range(2)] == [True, False]


class Guest:
    """Somebody with a browser, at an address of their own behind a proxy: sign-in is limited by address."""

    numbers = count(1)

    def __init__(self, address, name=""):
        at = {"X-Forwarded-For": f"10.0.0.{next(self.numbers)}"}
        self.http = httpx.Client(base_url=address, timeout=60, headers=at)
        self.session = uuid.uuid4().hex
        if name:
            self.http.post("/login", data={"username": name, "password": PASSWORD}).raise_for_status()

    def join(self, number, data, event=None, session=None):
        body = {"fn_index": number, "data": data, "event_data": event, "session_hash": session or self.session}
        return self.http.post("/gradio_api/queue/join", json=body)

    def call(self, number, data, event=None):
        """Everything that an event gives, as text."""
        joined = self.join(number, data, event)
        if joined.status_code != 200:
            return joined.text
        told = joined.text
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": self.session}) as stream:
            for line in stream.iter_lines():
                told += line
                if '"process_completed"' in line or '"close_stream"' in line:
                    return told
        return told

    def direct(self, number, data, event=None):
        body = {"fn_index": number, "data": data, "event_data": event, "session_hash": self.session}
        return self.http.post("/gradio_api/run/predict", json=body).text


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    from coach.config import Settings
    from coach.service import Coach

    folder = tmp_path_factory.mktemp("door")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "attention.md").write_text(ATTENTION, encoding="utf-8")
    shown = {"auth": True, "port": 0, "domain": "coach.example.org"}
    settings = Settings(home=folder / "home", corpus=folder / "corpus", llm="none", **shown)
    settings.make_home()
    users = Users(settings.home)
    for name in ("root", "ann", "bob"):
        users.add(name, PASSWORD)
    with Coach(settings, encoder=HashedEncoder()) as coach:
        list(coach.ingest())
        blocks, address = launch(coach, settings)
        yield coach, users, blocks, address
        blocks.close(verbose=False)
    users.close()


@pytest.fixture(scope="module")
def ann(served):
    """Ann with a conversation, an interview, a draft, an upload, a session and an event."""
    coach, users, blocks, address = served
    guest = Guest(address, "ann")
    person = coach.people.of(users.find("ann").folder)
    person.conversations.begin("annsconversation", SECRET)
    person.conversations.finish("annsconversation", 1, Exchange(SECRET, stage="done"))
    interview = person.interviews.start(Plan(count=2))
    person.interviews.send(interview.id, Answered(f"{SECRET} in an answer"))
    person.interviews.save_draft(interview.id, f"{SECRET} in a draft")
    guest.person, guest.interview = person, interview.id
    guest.file = guest.http.post("/gradio_api/upload", files={"files": (f"{SECRET}.md", SECRET)}).json()[0]
    guest.event = guest.join(first(blocks), [])
    assert guest.event.status_code == 200
    return guest


@pytest.fixture(scope="module")
def bob(served):
    return Guest(served[3], "bob")


def first(blocks):
    return next(iter(blocks.fns))


def addresses(routes, before=""):
    """All addresses of an application, as (method, path with its parameters)."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from addresses(route.original_router.routes, before + route.include_context.prefix)
        else:
            for method in getattr(route, "methods", None) or ():
                yield method, before + route.path


def kept(person):
    """All that a person has, to compare."""
    sessions = [(info, person.interviews.open(info.id).interview) for info in person.interviews.sessions()]
    return person.conversations.listed(), sessions, [person.interviews.draft(info.id) for info, _ in sessions]


def test_ann_herself_gets_what_is_hers(served, ann):
    _, _, blocks, _ = served
    opened = next(number for number, fn in blocks.fns.items() if fn.fn and fn.fn.__qualname__ == "ChatTab.resume")
    guest = Guest(served[3], "ann")
    told = guest.call(opened, ["annsconversation", None, "en"])
    assert SECRET in told
    assert SECRET in ann.http.get("/coach/conversation/annsconversation").text
    assert ann.http.get(f"/gradio_api/file={ann.file}").text == SECRET


def test_a_file_is_asked_for_by_its_name_as_it_is(served, ann):
    file = ann.http.post("/gradio_api/upload", files={"files": ("100%41.md", SECRET)}).json()[0]
    assert "%41" in file
    assert ann.http.get(f"/gradio_api/file={quote(file)}").text == SECRET


def test_bob_gets_nothing_of_anns_by_any_event(served, ann, bob):
    _, _, blocks, _ = served
    before, tried = kept(ann.person), 0
    for number, fn in blocks.fns.items():
        for name in ("annsconversation", ann.interview):
            for action in ACTIONS if any(kind not in ("load", "tick") for _, kind in fn.targets) else ACTIONS[:1]:
                data = [name if type(block).__name__ in ("Textbox", "State") else None for block in fn.inputs]
                data[-1:] = ["en"] if data else []
                event = {"conversation": name, "session": name, "action": action, "title": "taken", "text": "taken"}
                event |= {"round": 0, "point": 0, "question": "", "word": "delete"}
                told = bob.call(number, data, event) if fn.queue else bob.direct(number, data, event)
                assert SECRET not in told, (number, fn.name, action)
                tried += 1
    assert kept(ann.person) == before and tried > 100
    assert [info.id for info in kept(ann.person)[0]] == ["annsconversation"]


def test_bob_can_use_neither_anns_session_nor_event_nor_file(served, ann, bob):
    number = first(served[2])
    taken = {"session_hash": ann.session}
    assert bob.join(number, [], session=ann.session).status_code == 403
    assert bob.http.get("/gradio_api/queue/data", params=taken).status_code == 403
    assert bob.http.get(f"/gradio_api/heartbeat/{ann.session}").status_code == 403
    assert bob.join(number, [], session="x" * (door.LONGEST_SESSION + 1)).status_code == 413
    assert bob.http.post("/gradio_api/cancel", json={**taken, "fn_index": 0, "event_id": "x"}).status_code == 403
    assert bob.http.get("/gradio_api/deep_link", params=taken).status_code == 404
    assert bob.http.get("/config", params={"deep_link": "x"}).status_code == 404
    assert bob.http.get(f"/gradio_api/file={ann.file}").status_code == 404
    file = {"path": ann.file, "meta": {"_type": "gradio.FileData"}}
    assert bob.join(number, [[file]]).status_code == 403
    assert bob.join(number, [[{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}]]).status_code == 403


def test_bob_gets_nothing_of_anns_at_any_address(served, ann, bob):
    _, _, blocks, _ = served
    names = {"name": "annsconversation", "session_hash": ann.session, "path_or_url": ann.file, "path": ann.file}
    names |= {"event_id": ann.event.json()["event_id"], "api_name": "resume", "url_path": ann.file}
    tried = 0
    for method, path in addresses(blocks.app.routes):
        url = re.sub(r"{(\w+)(:path)?}", lambda found: str(names.get(found[1], "1")), path)
        if "heartbeat" in url or "logout" in url or url.rstrip("/").endswith("/upload"):
            continue
        body = {"session_hash": ann.session, "data": ["annsconversation"], "fn_index": 0, "event_id": "x"}
        said = bob.http.request(method, url, json=None if method in ("GET", "HEAD") else body)
        assert SECRET not in said.text and said.status_code < 500, url
        tried += 1
    assert tried > 60
    assert bob.http.get("/coach/conversation/annsconversation").status_code == 404
    assert bob.http.get("/coach/backup").status_code == 403


def test_who_is_not_signed_in_gets_the_form_alone(served, ann):
    _, _, blocks, address = served
    stranger = Guest(address)
    tried = [(method, path) for method, path in addresses(blocks.app.routes) if path not in OPEN]
    tried = [
        (method, path) for method, path in tried if not path.startswith(door.PUBLIC_BELOW) and "{page}" not in path
    ]
    assert len(tried) > 60
    for method, path in tried:
        assert stranger.http.request(method, path).status_code == 401, path
    page = stranger.http.get("/").text
    assert "auth_required" in page and "attention" not in page
    wrong = stranger.http.post("/login", data={"username": "ann", "password": "wrong horse"})
    assert wrong.status_code == 400 and "access-token" not in str(wrong.headers)


def test_what_all_share_is_changed_by_admins_alone(served, bob):
    _, _, blocks, address = served
    guarded = {number: fn.fn.__qualname__ for number, fn in blocks.fns.items() if fn.fn}
    assert set(guarded.values()) >= door.FOR_ADMINS, "a handler was renamed"
    for number, name in guarded.items():
        if name in door.FOR_ADMINS:
            assert bob.join(number, [0.9, "en"]).status_code == 403, name
    assert Guest(address, "root").http.get("/coach/backup").status_code == 200


@pytest.mark.parametrize("written", [str, float])
def test_what_all_share_is_not_changed_by_another_writing_of_an_events_number(served, bob, written):
    for number, fn in served[2].fns.items():
        if fn.fn and fn.fn.__qualname__ in door.FOR_ADMINS:
            assert bob.join(written(number), [0.9, "en"]).status_code == 400, fn.fn.__qualname__


def test_a_name_may_be_typed_in_capitals(served, monkeypatch):
    _, _, blocks, address = served
    guest = Guest(address, "ANN")
    event = SimpleNamespace(username="ANN")
    monkeypatch.setitem(blocks._queue.event_ids_to_events, "typed", event)
    body = {"session_hash": guest.session, "fn_index": 0, "event_id": "typed"}
    assert guest.http.post("/gradio_api/reset", json=body).status_code == 200
    event.username = "bob"
    assert guest.http.post("/gradio_api/reset", json=body).status_code == 403


def test_a_proxy_may_ask_under_its_own_name_alone(served):
    for name, status in (("coach.example.org", 200), ("other.example.org", 403)):
        own = {"Host": name, "Origin": f"https://{name}", "X-Forwarded-Proto": "https"}
        assert httpx.get(served[3], headers=own).status_code == status
        said = httpx.post(f"{served[3]}login", data={"username": "bob", "password": PASSWORD}, headers=own)
        assert said.status_code == status


def test_the_cookies_are_for_this_page_alone(served):
    said = httpx.post(f"{served[3]}login", data={"username": "bob", "password": PASSWORD})
    cookies = said.headers.get_list("set-cookie")
    assert len(cookies) == 2 and all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)


def test_a_long_sign_in_is_not_read_to_its_end(served):
    said = httpx.post(f"{served[3]}login", data={"username": "x" * door.MOST_BODY, "password": PASSWORD})
    assert said.status_code == 413


def test_one_address_can_not_keep_a_user_out_but_many_can_not_guess_without_end(tmp_path):
    with closing(Users(tmp_path)) as users:
        users.add("ann", PASSWORD)
        signed_in = door.sign_in(users)

        async def tried(times):
            users.verified = lambda name, password: None
            for number in range(times):
                assert not await signed_in(("ann", "ANN", "Ａｎｎ ")[number % 3], "wrong horse")
            del users.verified
            return await signed_in("ann", PASSWORD)

        assert anyio.run(tried, PER_MINUTE["/login"])
        with pytest.raises(HTTPException, match="minute"):
            anyio.run(tried, door.TRIES)


def test_a_changed_password_and_a_removed_user_end_what_was_signed_in(served):
    _, users, _, address = served
    users.add("eve", PASSWORD)
    guest = Guest(address, "eve")
    assert guest.http.get("/config").status_code == 200
    unused = Guest(address, "eve")
    users.set_password("eve", "battery staple")
    assert unused.http.get("/config").status_code == 401
    assert guest.http.get("/config").status_code == 401
    guest.http.post("/login", data={"username": "eve", "password": "battery staple"}).raise_for_status()
    assert guest.http.get("/config").status_code == 200
    users.remove("eve")
    assert guest.http.get("/config").status_code == 401


def test_passwords_can_be_tried_ten_times_a_minute(served):
    guest, said = Guest(served[3]), []
    while len(said) < 40 and not (said and said[-1].status_code == 429):  # a slow machine gets some more meanwhile
        said.append(guest.http.post("/login", data={"username": f"n{len(said)}", "password": "wrong horse"}))
    assert {answer.status_code for answer in said[:-1]} == {400} and len(said) > PER_MINUTE["/login"]
    assert said[-1].status_code == 429 and "minute" in json.loads(said[-1].text)["detail"]
