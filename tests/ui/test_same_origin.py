"""Pages from elsewhere can't use the coach; its own page and plain programs can."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from coach.ui.same_origin import SameOrigin

HERE = "127.0.0.1:7860"


@pytest.fixture(scope="module")
def client():
    async def answer(request):
        return PlainTextResponse("in")

    routes = [Route(path, answer, methods=["GET", "POST"]) for path in ("/", "/logout")]
    named = Middleware(SameOrigin, host="coach.lan", domain="coach.example.org, Prep.example.org")
    return TestClient(Starlette(routes=routes, middleware=[named]))


@pytest.mark.parametrize(
    "host", [HERE, "localhost:7860", "LOCALHOST", "[::1]:7860", "192.168.1.5:7860", "coach.lan", "coach.lan:80"]
)
def test_the_names_of_this_machine_are_let_in(client, host):
    assert client.get("/", headers={"Host": host}).text == "in"
    own = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/", headers=own).text == "in"


@pytest.mark.parametrize("host", ["coach.example.org", "prep.example.org:8443"])
def test_the_names_of_a_proxy_are_let_in(client, host):
    own = {"Host": host, "Origin": f"https://{host}", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/", headers=own).text == "in"
    assert client.post("/", headers={**own, "Origin": "https://other.example.org"}).status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "x.coach.example.org",
        "evil.example",
        "127.0.0.1.evil.example:7860",
        "localhost.evil.example",
        "[::1",
        "",
    ],
)
def test_a_foreign_name_for_this_machine_is_refused(client, host):
    refused = client.get("/", headers={"Host": host})
    assert refused.status_code == 403 and "own page" in refused.text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:7860", ""]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_from_elsewhere_is_refused(client, origin, method):
    assert client.request(method, "/", headers={"Host": HERE, "Origin": origin}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_may_open_the_page_but_a_form_or_an_image_may_not(client, site):
    navigate = {"Host": HERE, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=navigate).status_code == 200
    assert client.post("/", headers=navigate).status_code == 403
    assert client.get("/logout", headers=navigate).status_code == 403
    assert client.get("/logout", headers={**navigate, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    image = {"Host": HERE, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
    assert client.get("/", headers=image).status_code == 403


def test_programs_that_are_no_browser_are_let_in(client):
    assert client.post("/", headers={"Host": HERE}).text == "in"
