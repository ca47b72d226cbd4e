"""Gradio's files come from memory, the coach's script is named in the head."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from coach.ui.statics import FILES, Statics

PAGE = "<html><head></head><body>你好 </head></body></html>"


@pytest.fixture
def get():
    """Ask an application behind it."""
    inner = Starlette(routes=[Route("/", lambda _: HTMLResponse(PAGE)), Route("/{path:path}", _passed_on)])

    def get(path, method="GET"):
        async def ask():
            transport = httpx.ASGITransport(app=Statics(inner, language="en"))
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.request(method, path)

        return asyncio.run(ask())

    return get


def _passed_on(_):
    return PlainTextResponse("passed on")


def test_the_head_names_the_script_once(get):
    page = get("/")
    assert page.text.count("<script") == 1 and 'data-language="en"></script></head><body>你好 </head>' in page.text
    assert int(page.headers["content-length"]) == len(page.content)
    address = "/" + page.text.split('src="')[1].split('"')[0]
    script = get(address)
    assert "coachBlock" in script.text and script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]


def test_a_file_of_gradio_is_the_file_of_gradio(get):
    file = next(FILES.glob("index-*.js"))
    assert get(f"/assets/{file.name}").content == file.read_bytes()
    assert get(f"/assets/{file.name}", "POST").status_code == 405


@pytest.mark.parametrize("path", ["/assets/", "/assets/%2e%2e", "/assets/no.js", f"/assets/{'x' * 300}", "/assets/%00"])
def test_nothing_else_comes_from_memory(get, path):
    assert get(path).text == "passed on"


def test_other_addresses_are_passed_on(get):
    assert get("/coach/backup").text == get("/config").text == "passed on"
