"""The hubs that models come from: their addresses, and what they tell about a file. Asked only when a person wants it.

Plain HTTPS: the Xet protocol, which goes around mirrors, is never spoken, and neither are accounts and tokens.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

import httpx

from coach.errors import HubError, ModelError
from coach.llm.catalog import Model

_TIMEOUT = httpx.Timeout(20, connect=10)
_REDIRECTS = 5
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Source:
    """A place to download from; `modelscope` tells whose addresses it has."""

    name: str
    base: str
    modelscope: bool = False

    @property
    def host(self) -> str:
        """The host, to be shown."""
        return urlsplit(self.base).netloc or self.base

    def address(self, model: Model) -> str:
        """The address of the model's file."""
        if self.modelscope:
            return f"{self.base}/models/{model.modelscope or model.repo}/resolve/master/{quote(model.file)}"
        return f"{self.base}/{model.repo}/resolve/main/{quote(model.file)}"


@dataclass(frozen=True, slots=True)
class Told:
    """What is known about a file: bytes and hash; `by_hub` if the hub named the hash, not the catalogue."""

    size: int
    sha256: str
    by_hub: bool = False


def sources(choice: str = "auto", environment: Mapping[str, str] | None = None) -> list[Source]:
    """Return the places to try, in order.

    "auto" tries Hugging Face, its mirror, ModelScope. Who has set HF_ENDPOINT has said where to go instead of Hugging
    Face, so then "auto" tries that and ModelScope.

    Raises:
        ModelError: There is no source of that name.
    """
    endpoint = (os.environ if environment is None else environment).get("HF_ENDPOINT", "").rstrip("/")
    known = {
        "huggingface": Source("huggingface", "https://huggingface.co"),
        "mirror": Source("mirror", endpoint or "https://hf-mirror.com"),
        "modelscope": Source("modelscope", "https://modelscope.cn", modelscope=True),
    }
    if choice == "auto":
        return [source for source in known.values() if not (endpoint and source.name == "huggingface")]
    if choice not in known:
        raise ModelError(f"There is no source {choice!r}. Choose one of auto, {', '.join(known)}.")
    return [known[choice]]


@contextmanager
def connection() -> Iterator[httpx.Client]:
    """A client that follows redirects and takes bytes as they are.

    Raises:
        HubError: The proxy that the environment names can't be used.
    """
    headers = {"User-Agent": "interview-coach", "Accept-Encoding": "identity"}
    try:
        client = httpx.Client(timeout=_TIMEOUT, follow_redirects=True, max_redirects=_REDIRECTS, headers=headers)
    except (ImportError, ValueError) as error:  # a SOCKS proxy without its package, or a malformed address
        raise HubError(f"The proxy of the environment can't be used: {error} Mend HTTPS_PROXY or ALL_PROXY.") from error
    with client:
        yield client


def look_up(client: httpx.Client, source: Source, model: Model) -> Told:
    """Ask a hub for the size and the hash of a file, and compare them with the catalogue.

    Raises:
        HubError: It doesn't answer, doesn't have the file, has another one, or names no hash that could be checked.
    """
    try:
        size, sha256 = (_ask_modelscope if source.modelscope else _ask_huggingface)(client, source, model)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise HubError(f"{source.host} can't be reached ({reason(error)}).") from error
    if (model.sha256 and sha256 and sha256 != model.sha256) or (model.size and size and size != model.size):
        raise HubError(f"{source.host} has another file under the name {model.local} than the catalogue.")
    told = Told(model.size or size, model.sha256 or sha256, by_hub=not model.sha256)
    if not told.size or not told.sha256:
        raise HubError(f"{source.host} names no size or no SHA-256 for {model.local}, so it could not be checked.")
    return told


def _ask_huggingface(client: httpx.Client, source: Source, model: Model) -> tuple[int, str]:
    """The address answers with a redirect, whose X-Linked headers describe the file that it leads to."""
    address = source.address(model)
    for _ in range(_REDIRECTS):
        answer = client.head(address, follow_redirects=False)
        _check(answer, source, model)
        etag = answer.headers.get("x-linked-etag") or answer.headers.get("etag", "")
        if "x-linked-etag" in answer.headers or not answer.is_redirect:
            size = answer.headers.get("x-linked-size") or answer.headers.get("content-length")
            return _number(size), _hash(etag.removeprefix("W/").strip('"'))
        address = urljoin(address, answer.headers.get("location", ""))
    raise HubError(f"{source.host} leads from one address to the next.")


def _ask_modelscope(client: httpx.Client, source: Source, model: Model) -> tuple[int, str]:
    listing = f"{source.base}/api/v1/models/{model.modelscope or model.repo}/repo/files"
    answer = client.get(listing, params={"Revision": "master", "Recursive": "true"})
    _check(answer, source, model)
    try:
        files = answer.json()["Data"]["Files"]
        entry = next((entry for entry in files if entry["Path"] == model.file), None)
        if entry is None:
            raise HubError(f"{source.host} does not have {model.file}.")
        return _number(entry["Size"]), _hash(entry.get("Sha256"))
    except (ValueError, TypeError, KeyError) as error:
        raise HubError(f"{source.host} answers with something else than a list of files.") from error


def _check(answer: httpx.Response, source: Source, model: Model) -> None:
    if answer.is_error:
        raise HubError(refusal(answer.status_code, source, model))


def refusal(status: int, source: Source, model: Model) -> str:
    """Say what an HTTP status means for a download."""
    meaning = {
        401: f"does not give {model.repo} without an account",
        403: f"does not give {model.repo} to everybody",
        404: f"does not have {model.local}",
        429: "is asked too often at the moment",
    }.get(status, f"answers with the error {status}")
    return f"{source.host} {meaning}."


def reason(error: Exception) -> str:
    """Name an error of the network in few words."""
    return str(error).strip() or type(error).__name__


def _number(text: object) -> int:
    try:
        return max(0, int(str(text)))
    except ValueError:
        return 0


def _hash(text: object) -> str:
    found = str(text or "").lower()
    return found if _SHA256.fullmatch(found) else ""
