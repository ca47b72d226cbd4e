"""Fetching one page: what comes, bounds, redirects, and addresses that are never asked."""

import gzip
import re
import shutil
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from time import sleep

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coach.corpus import fetch as fetching
from coach.corpus.fetch import Fetched, fetch, is_public, is_url
from coach.corpus.readers.html import read_html
from coach.errors import ArticleError
from tests.support.site import Handler, redirect, reply, serve

PAGE = "<html><body><p>为什么注意力要除以根号？因为方差会变大。</p></body></html>"
TEXT = "为什么注意力要除以根号？因为方差会变大。"
LARGE = 100_000


def get(pages: dict[str, Handler], path: str = "/", **options: bool) -> Fetched:
    with serve(pages) as site:
        return fetch(site + path, max_bytes=LARGE, **({"private": True} | options))


def refusal(pages: dict[str, Handler], path: str = "/", **options: bool) -> str:
    with pytest.raises(ArticleError) as caught:
        get(pages, path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "kind", "path", "suffix"),
    [
        (PAGE.encode(), "text/html; charset=utf-8", "/", ".html"),
        (PAGE.encode("gb18030"), "text/html; charset=GBK", "/", ".html"),
        (PAGE.encode("gb18030"), "text/html", "/", ".html"),
        (PAGE.encode(), None, "/", ".html"),
        (b"%PDF-1.7 x", "application/pdf", "/a", ".pdf"),
        (b"%PDF-1.7 x", "application/octet-stream", "/a", ".pdf"),
        (b"# a", "text/markdown", "/a", ".md"),
        (b"# a", "text/plain", "/b/a.md", ".md"),
        (b"a", "text/plain", "/a.py", ".txt"),
    ],
)
def test_kinds(body: bytes, kind: str | None, path: str, suffix: str) -> None:
    fetched = get({path: reply(body, kind)}, path)
    assert fetched.suffix == suffix
    if suffix == ".html":
        assert read_html(fetched.content).text == TEXT
    else:
        assert fetched.content == body


def test_a_charset_that_only_the_server_names() -> None:
    # Eight-bit Russian in a short text can't be told from other encodings by looking at it.
    fetched = get({"/": reply("<p>слой</p>".encode("koi8-r"), "text/html; charset=koi8-r")})
    assert read_html(fetched.content).text == "слой"


def test_packed_content_is_unpacked() -> None:
    assert get({"/": reply(gzip.compress(PAGE.encode()), Content_Encoding="gzip")}).content == PAGE.encode()


def test_redirects_are_followed_and_the_last_address_is_told() -> None:
    with serve({"/a": redirect("/b", 301), "/b": redirect("c?x=1", 307), "/c?x=1": reply(PAGE)}) as site:
        assert fetch(f"{site}/a", max_bytes=LARGE, private=True).url == f"{site}/c?x=1"


def test_letters_outside_ascii() -> None:
    with serve({"/%E6%B3%A8?q=%E6%84%8F%26": reply(PAGE)}) as site:
        assert fetch(f"{site}/注?q=意%26#部分", max_bytes=LARGE, private=True).content == PAGE.encode()


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ({"/": redirect("/")}, "in a circle"),
        ({"/": redirect("/b"), "/b": redirect("/")}, "in a circle"),
        ({"/": redirect("/1"), **{f"/{n}": redirect(f"/{n + 1}") for n in range(1, 9)}}, "more than 5 times"),
        ({"/": redirect("ftp://example.org/")}, "only addresses with http"),
        ({"/": redirect("file:///etc/passwd")}, "only addresses with http"),
        ({"/": redirect("http://[::")}, "address"),
        ({"/": reply(b"x" * (LARGE + 1))}, "larger than"),
        ({"/": reply(gzip.compress(b"x" * (LARGE + 1)), Content_Encoding="gzip")}, "larger than"),
        ({"/": reply(gzip.compress(b"x" * 999)[:-9], Content_Encoding="gzip")}, "breaks off"),
        ({"/": reply(b"no gzip", Content_Encoding="gzip")}, "can't be fetched"),
        ({"/": reply(b"x", Content_Encoding="br")}, "packed"),
        ({"/": reply(b"short", Content_Length="50")}, "breaks off"),
        ({"/": reply(b"x", "image/png")}, "image/png"),
        ({"/": reply(b"\x00\x01", "application/octet-stream")}, "octet-stream"),
        ({"/": reply(b"x", None)}, "unknown kind"),
        ({"/": reply("<title>安全验证 - 知乎</title>")}, "wants to see a person"),
        ({"/": reply(PAGE, status=403)}, "refuses"),
        ({"/": reply(PAGE, status=500)}, "status 500"),
        ({}, "no such page"),
        ({"/": lambda request: request.wfile.write(b"nonsense\r\n\r\n")}, "can't be fetched"),
        ({"/": lambda request: request.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n")}, "can't be"),
        ({"/": lambda request: request.connection.close()}, "can't be fetched"),
    ],
)
def test_refusals(pages: dict[str, Handler], expected: str) -> None:
    assert expected in refusal(pages)


def drip(piece: bytes, head: bool) -> Handler:
    """Answers one byte at a time, for ever."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        if head:
            request.send_response(200)
            request.send_header("Content-Type", "text/html")
            request.end_headers()
        while True:
            request.wfile.write(piece)
            request.wfile.flush()
            sleep(0.02)

    return answer


@pytest.mark.parametrize("handler", [drip(b"x", True), drip(b"H", False), lambda request: sleep(5)])
def test_slow_answers_are_ended(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.3)
    assert "did not answer within" in refusal({"/": handler})


def test_the_time_is_for_all_redirects_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(location: str) -> Handler:
        def answer(request: BaseHTTPRequestHandler) -> None:
            sleep(0.3)
            redirect(location)(request)

        return answer

    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.8)
    assert "did not answer within" in refusal({"/": slow("/1"), **{f"/{n}": slow(f"/{n + 1}") for n in range(1, 5)}})


PRIVATE = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0177.0.0.1",
    "0x7f.1",
    "127.1",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
]


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_never_asked(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *args, **options: pytest.fail("connected"))
    with pytest.raises(ArticleError, match=r"private network|can't be found"):
        fetch(f"http://{host}/", max_bytes=LARGE)


def test_forms_of_loopback_are_recognised_and_not_only_unknown() -> None:
    for host in ("127.0.0.1", "localhost", "2130706433", "0177.0.0.1", "0x7f.1"):
        with pytest.raises(ArticleError, match="private network"):
            fetch(f"http://{host}/", max_bytes=LARGE)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_in_disguise(address: object) -> None:
    assert is_public(f"::ffff:{address}") == is_public(f"64:ff9b::{address}") == is_public(str(address))


def test_each_redirect_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    message = refusal({"/": redirect("http://127.0.0.2/")}, private=False)
    assert "127.0.0.2" in message
    assert "private network" in message


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answers)
    monkeypatch.setattr(socket, "create_connection", lambda *args, **options: pytest.fail("connected"))
    with pytest.raises(ArticleError, match=re.escape("10.0.0.1")):
        fetch("http://rebind.example/", max_bytes=LARGE)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    asked: list[str] = []

    def rebinding(host: str, port: int, *args: int, **options: int) -> object:
        asked.append(host)
        if host != "rebind.example":
            return resolve(host, port, *args, **options)
        address = "127.0.0.1" if asked.count(host) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    with serve({"/": reply(PAGE)}) as site:
        port = site.rsplit(":", 1)[1]
        assert fetch(f"http://rebind.example:{port}/", max_bytes=LARGE).content == PAGE.encode()
    assert asked.count("rebind.example") == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http:///a",
        "http://user:secret@example.org/",
        "http://example.org:99999/",
        "http://[::1",
        "http://a b/",
        "http://example.org/a\r\nHost: b",
        "http://例" + "长" * 99 + "/",
        "nonsense",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ArticleError) as caught:
        fetch(url, max_bytes=LARGE)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@given(st.text(max_size=30) | st.from_regex(r"https?://[\[\]:@.%0-9a-z/?#\\]{0,12}", fullmatch=True))
@example("http://\udc80/")
@example("http://.:80")
@example("http://xn--a/")
def test_any_text_is_refused_or_asked(url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *args, **options: [(2, 1, 6, "", ("127.0.0.1", 80))])
        with pytest.raises(ArticleError):
            fetch(url, max_bytes=LARGE)


def test_what_is_meant_as_an_address() -> None:
    assert is_url("https://example.org/a")
    assert is_url(" HTTP://x")
    assert not is_url("corpus/a.md")
    assert not is_url("C:\\a.md")
    assert not is_url("a//b")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-keyout", "key.pem", "-out", "cert.pem", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, *names], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).recv(10)
                except OSError:
                    return

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(ArticleError, match="no valid certificate"):
            fetch(f"https://127.0.0.1:{listener.getsockname()[1]}/", max_bytes=LARGE, private=True)
        thread.join(5)
