"""Finds the language model that the settings ask for, and opens it."""

import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from coach.config import Settings
from coach.errors import ModelError, ModelFileError
from coach.llm.gguf import Header, read_header

if TYPE_CHECKING:
    from coach.llm.chat import CoachChat
    from coach.llm.setup import Tuned

_LOG = logging.getLogger(__name__)
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}$")
"""Ends the name of a GGUF that is not the first of a split model; llama.cpp finds these itself."""


def find_model(settings: Settings) -> Path | None:
    """Return the GGUF to use, checked as far as its header tells; None for "none", for a server, or if there is none.

    "auto" takes what was last chosen on the page or with `coach models use`. If nothing was, it takes, among the chat
    models in `settings.models` and its folders, the one with the most parameters that fits into half of the machine's
    memory; of equals the larger file, since it is the less quantized one. If none fits, it takes the smallest. Files
    that can't be used are left out with a warning.

    Raises:
        ModelFileError: The file named in the settings is missing, damaged, or not made for chats.
    """
    llm = wanted(settings)
    if llm == "none" or _is_url(llm):
        return None
    if llm != "auto":
        path = Path(llm).expanduser()
        read_header(path).check_chat()
        return path
    headers = []
    for path in sorted(settings.models.rglob("*.gguf")):
        if not is_first_part(path):
            continue
        try:
            header = read_header(path)
            header.check_chat()
        except ModelFileError as error:
            _LOG.warning("Left out: %s", error)
            continue
        headers.append(header)
    best = choose(headers, memory_bytes() // 2)
    return best.path if best else None


def wanted(settings: Settings) -> str:
    """What to open: the setting, but for "auto" what the person chose last, as long as it is there."""
    if settings.llm != "auto":
        return settings.llm
    try:
        choice = _choice(settings).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return "auto"
    return choice if choice == "none" or _is_url(choice) or (choice and Path(choice).is_file()) else "auto"


def lost_choice(settings: Settings) -> str:
    """The file that was chosen last and is not there any more; "" if all is well."""
    if settings.llm != "auto" or wanted(settings) != "auto" or not _choice(settings).is_file():
        return ""
    choice = _choice(settings).read_text(encoding="utf-8", errors="replace").strip()
    return "" if choice == "auto" else choice


def remember(settings: Settings, choice: str) -> None:
    """Keep a choice for the next start: a path, a URL, "none", or "auto" for no choice.

    Raises:
        HomeError: The home can't be written.
    """
    path = settings.make_home() / _choice(settings).name
    path.write_text(choice + "\n", encoding="utf-8")


def _choice(settings: Settings) -> Path:
    return settings.home / "model.txt"


def is_first_part(path: Path) -> bool:
    """Whether a GGUF is a whole model or the first file of a split one."""
    return not _LATER_PART.search(path.stem)


def choose(headers: list[Header], room: int) -> Header | None:
    """Return the best of some models: the most parameters in at most `room` bytes, else the smallest; None if empty."""
    fitting = [header for header in headers if header.size <= room]
    if fitting:
        return max(fitting, key=lambda header: (header.parameters, header.size))
    return min(headers, key=lambda header: header.size, default=None)


def memory_bytes() -> int:
    """The machine's memory in bytes; 16 GiB where the system doesn't tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 16 << 30


def free_memory_bytes() -> int:
    """Memory in bytes that programs can still have; half of the machine's where the system doesn't tell."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        return int(text.split("MemAvailable:")[1].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        return memory_bytes() // 2


def open_chat(settings: Settings) -> "CoachChat | None":
    """Return the chat model that the settings ask for, or None if there is none. A GGUF is loaded at its first use.

    Raises:
        ModelFileError: The file named in the settings can't be used.
        ModelError: The package for servers is not installed, or the server doesn't answer.
    """
    llm = wanted(settings)
    if _is_url(llm):
        try:
            from coach.llm.remote import open_remote
        except ImportError as error:
            raise ModelError(
                f"To use the server {llm}, a package is missing ({error.name}). "
                "Install it: pip install 'interview-coach[openai]'"
            ) from error
        return open_remote(settings.model_copy(update={"llm": llm}))
    path = find_model(settings)
    if path is None:
        return None
    from coach.llm.llama import LlamaChat

    return LlamaChat(
        model=str(path),
        context=settings.context,
        threads=settings.threads,
        max_tokens=settings.answer_tokens,
        states=settings.home / "states",
        passed=settings.home / "models-tried.txt",
        setups=settings.home / "speed.json",
    )


def self_test(settings: Settings) -> "Tuned":
    """Measure how this machine computes fastest with the model that the settings ask for, and keep it in the home.

    Raises:
        ModelError: There is no model of this machine, it can't be loaded, or it computes nothing.
    """
    chat = open_chat(settings)
    test = getattr(chat, "test", None)
    if chat is None or test is None:
        raise ModelError("There is no model file to test. `coach models pull NAME` downloads one.")
    try:
        found: Tuned | None = test()
    finally:
        chat.close()
    if found is None:
        raise ModelError("The test was stopped. Try again while nobody asks anything.")
    return found


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))
