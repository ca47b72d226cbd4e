"""Fetches one web page, with bounds on its size, its time and its redirects. Knows nothing of articles.

Only public addresses are asked, unless the caller allows others: the name is resolved, every address is checked, and
the connection goes to an address that was checked, so that a name can't be switched in between.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from coach.corpus.readers.charsets import codec
from coach.errors import ArticleError

MOST_SECONDS = 30.0
"""For all redirects together; the time that the system needs to resolve names comes on top."""
MOST_REDIRECTS = 5
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; interview-coach)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,text/markdown,text/plain;q=0.9",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
}
_UNKNOWN = ("", "application/octet-stream", "binary/octet-stream", "application/download")
_PAGE = re.compile(
    rb"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_GATE = re.compile(
    r"<title[^>]*>\s*(?:安全验证[^<]{0,20}|环境异常|人机验证|验证码|访问验证|百度安全验证|just a moment\.*|"
    r"attention required[^<]{0,30}|access denied|security check[^<]{0,20}|robot check)\s*</title>",
    re.IGNORECASE,
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_STATUS = {401: "it asks for a login", 403: "it refuses", 404: "there is no such page", 429: "too many requests"}
_MEND = "Open it in a browser and save the page, or copy its text."


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave: the last address after redirects, the content, the suffix of a file of its kind."""

    url: str
    content: bytes
    suffix: str


def is_url(text: str) -> bool:
    """Whether a text is meant as an address, not as a path."""
    return bool(re.match(r"[a-z][a-z0-9+.-]+://", text.strip(), re.IGNORECASE))


def fetch(url: str, *, max_bytes: int, private: bool = False) -> Fetched:
    """Fetch a page, a PDF or a text; text in another encoding that the server names becomes UTF-8.

    Args:
        url: An http or https address.
        max_bytes: Larger content is refused, packed or unpacked.
        private: Allow addresses of this machine and of private networks.

    Raises:
        ArticleError: The address can't be used or reached, or what it gives is no article.
    """
    deadline = monotonic() + MOST_SECONDS
    seen: list[str] = []
    while True:
        target = _checked(url)
        url = target.geturl()
        if url in seen or len(seen) > MOST_REDIRECTS:
            how = "in a circle" if url in seen else f"more than {MOST_REDIRECTS} times"
            raise ArticleError(f"{_shown(seen[0])} redirects {how}. {_MEND}")
        seen.append(url)
        with _response(target, deadline, private=private) as response:
            location = response.getheader("Location")
            if response.status in (301, 302, 303, 307, 308) and location:
                url = _redirected(url, location)
                continue
            content = _content(response, url, max_bytes)
            suffix = _suffix(response, url, content)
            return Fetched(url, _text(response, content) if suffix != ".pdf" else content, suffix)


def _checked(url: str) -> SplitResult:
    """Take an address apart, and refuse what is none; letters outside ASCII are encoded."""
    try:
        parts = urlsplit(url.strip())
        name = parts.hostname or ""
        host = name if name.isascii() else name.encode("idna").decode("ascii")
        port = parts.port
    except ValueError as error:  # UnicodeError is one
        raise ArticleError(f"{_shown(url)} is no address that can be used. Copy it again from the browser.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ArticleError(f"{_shown(url)} can't be fetched: only addresses with http:// or https:// are.")
    if parts.username is not None or parts.password is not None:
        raise ArticleError("Addresses with a user name or a password are not fetched. Leave both out.")
    if re.search(r"[\s\x00-\x1f\x7f]", host + parts.path + parts.query):
        raise ArticleError(f"{_shown(url)} is no address that can be used: there is white space in it.")
    place = f"[{host}]" if ":" in host else host
    netloc = place if port is None else f"{place}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return SplitResult(parts.scheme, netloc, path, quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]|"), "")


def _redirected(url: str, location: str) -> str:
    try:
        # The server's bytes come as Latin-1; most servers that don't escape them mean UTF-8.
        return urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace"))
    except ValueError as error:
        raise ArticleError(f"{_shown(url)} redirects to an address that can't be used. {_MEND}") from error


def _addresses(target: SplitResult, *, private: bool) -> list[tuple[str, int]]:
    """Resolve a name; every address must be a public one."""
    host, port = target.hostname or "", target.port or (443 if target.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ArticleError(f"{_shown(host)} can't be found. Check the address and the network.") from error
    addresses = [(str(place[0]), port) for *_, place in found]
    if not private:
        for address, _ in addresses:
            if not is_public(address):
                raise ArticleError(
                    f"{_shown(host)} is an address of this machine or of a private network ({address}), which is not "
                    "fetched. If that is meant, allow it with --allow-private on the command line."
                )
    return addresses


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also where it wraps an IPv4 address."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        return ip in _GLOBAL and ip.is_global
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


@contextmanager
def _response(target: SplitResult, deadline: float, *, private: bool) -> Iterator[http.client.HTTPResponse]:
    """Ask; the response is open inside the context. A watchdog ends a connection that is slow, byte by byte too."""
    shown = _shown(target.geturl())
    expired = threading.Event()
    watchdog: threading.Timer | None = None
    connection: socket.socket | None = None
    try:
        connection = _connect(_addresses(target, private=private), deadline)
        if target.scheme == "https":
            context = ssl.create_default_context()
            connection = context.wrap_socket(connection, server_hostname=target.hostname, do_handshake_on_connect=False)
        watchdog = threading.Timer(max(0.0, deadline - monotonic()), _end, (connection, expired))
        watchdog.daemon = True
        watchdog.start()
        if isinstance(connection, ssl.SSLSocket):
            connection.do_handshake()
        asking = http.client.HTTPConnection(target.netloc)
        asking.sock = connection
        asking.request("GET", f"{target.path}?{target.query}" if target.query else target.path, headers=_HEADERS)
        with asking.getresponse() as response:
            yield response
        if expired.is_set():
            raise TimeoutError
    except ssl.SSLCertVerificationError as error:
        raise ArticleError(f"{shown} has no valid certificate ({error.verify_message}). {_MEND}") from error
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
        if expired.is_set() or isinstance(error, TimeoutError):
            raise ArticleError(f"{shown} did not answer within {MOST_SECONDS:.0f} seconds. Try again later.") from error
        raise ArticleError(
            f"{shown} can't be fetched ({_reason(error)}). Check the address and the network."
        ) from error
    finally:
        if watchdog is not None:
            watchdog.cancel()
        if connection is not None:
            connection.close()


def _connect(addresses: list[tuple[str, int]], deadline: float) -> socket.socket:
    """Connect to the first address that answers. They are numbers: no name is resolved again."""
    problem: OSError = OSError("no address")
    for address, port in addresses:
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            problem = error
    raise problem


def _end(connection: socket.socket, expired: threading.Event) -> None:
    expired.set()
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended already
        return


def _reason(error: Exception) -> str:
    return _shown(str(getattr(error, "strerror", None) or error) or type(error).__name__)


def _content(response: http.client.HTTPResponse, url: str, max_bytes: int) -> bytes:
    if response.status != http.HTTPStatus.OK:
        known = {401: "it asks for a login", 403: "it refuses", 404: "there is no such page", 429: "too many requests"}
        raise ArticleError(
            f"{_shown(url)} gives no page: {known.get(response.status, f'status {response.status}')}. {_MEND}"
        )
    packed = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if packed not in ("identity", "gzip", "x-gzip"):
        raise ArticleError(f"{_shown(url)} is packed in a way that is not known ({packed[:20]}). {_MEND}")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in packed else None
    content = bytearray()
    while len(content) <= max_bytes:
        piece = unpack.unconsumed_tail if unpack and unpack.unconsumed_tail else response.read(65_536)
        if not piece:
            if response.length or (unpack and not unpack.eof):
                raise ArticleError(f"{_shown(url)} breaks off in the middle. Try again later.")
            return bytes(content)
        content += unpack.decompress(piece, max_bytes + 1) if unpack else piece
    raise ArticleError(f"{_shown(url)} is larger than {max_bytes / 2**20:.0f} MiB. {_MEND}")


def _suffix(response: http.client.HTTPResponse, url: str, content: bytes) -> str:
    """The suffix of a file with such content."""
    kind = (response.getheader("Content-Type") or "").split(";")[0].strip().lower()
    suffix = _SUFFIXES.get(kind, "")
    if kind in _UNKNOWN:
        suffix = ".pdf" if content.startswith(b"%PDF-") else ".html" if _PAGE.match(content[:2000]) else ""
    if not suffix:
        raise ArticleError(f"{_shown(url)} is no page, PDF or text but {kind[:60] or 'of an unknown kind'}.")
    if suffix == ".html" and _GATE.search(content[:20_000].decode("utf-8", "replace")):
        raise ArticleError(f"{_shown(url)} wants to see a person before it shows the page. {_MEND}")
    path = urlsplit(url).path.lower()
    if suffix == ".txt":
        return next((end for end in (".md", ".markdown", ".ipynb") if path.endswith(end)), suffix)
    return suffix


def _text(response: http.client.HTTPResponse, content: bytes) -> bytes:
    """Text in the encoding that the server names, as UTF-8; readers find out the others."""
    name = codec(response.headers.get_content_charset() or "")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(name, errors="replace").encode("utf-8-sig") if name else content
    return content


def _shown(url: str) -> str:
    """An address in a message: one line, not too long."""
    line = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in url.strip())
    return line if len(line) <= 120 else f"{line[:117]}…"
