"""A model's weights and vocabulary, shared by its contexts. Nothing here changes, so any thread may ask."""

import ctypes
import importlib.metadata
import os
import sys
from collections import deque
from functools import cache
from pathlib import Path
from typing import Any

from llama_cpp import llama_cpp as api

from coach.errors import ModelError, ModelFileError

_log: deque[str] = deque(maxlen=20)


@api.llama_log_callback  # type: ignore[untyped-decorator] # ctypes
def _keep_log(level: int, text: bytes, _: object) -> None:
    if level == 4:  # GGML_LOG_LEVEL_ERROR
        _log.append(text.decode("utf-8", "replace").strip())


@cache
def start() -> Any:  # noqa: ANN401 - a ctypes function
    """Start llama.cpp once, silence it, and return the function that it asks whether to stop.

    That function is C's `strlen` on a two-byte buffer: 0 while the buffer is empty, 1 after a byte was put there. It is
    asked for every node of the graph; a Python function would take the interpreter's lock each time.
    """
    api.llama_log_set(_keep_log, None)
    api.llama_backend_init()
    library = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
    return ctypes.cast(library.strlen, api.ggml_abort_callback)


def forget_log() -> None:
    """Begin anew to listen for complaints."""
    _log.clear()


def reason() -> str:
    """What llama.cpp complained about first, in brackets: later complaints follow from it."""
    return f" ({_log[0]})" if _log else ""


class Weights:
    """A loaded model without a context.

    Args:
        path: The GGUF file.

    Raises:
        ModelFileError: llama.cpp can't load the file.
    """

    def __init__(self, path: Path) -> None:
        start()
        forget_log()
        self.path = path
        there = path.stat()
        self.model = api.llama_model_load_from_file(os.fsencode(path), api.llama_model_default_params())
        if not self.model:
            raise ModelFileError(f"llama.cpp can't load {path}{reason()}. Download it again, or choose another model.")
        self._vocab = api.llama_model_get_vocab(self.model)
        self.words: int = api.llama_vocab_n_tokens(self._vocab)
        self.trained: int = api.llama_model_n_ctx_train(self.model)
        """Tokens of context that it was trained for; 0 if it doesn't tell."""
        version = importlib.metadata.version("llama-cpp-python")
        self.identity = f"{path.resolve()} {there.st_size} {there.st_mtime_ns} {version}"

    def close(self) -> None:
        """Free everything, behind all contexts; harmless when done twice."""
        if self.model:
            api.llama_model_free(self.model)
        self.model = None

    @property
    def chat_template(self) -> str:
        """The model's chat template, "" if it has none."""
        return (api.llama_model_chat_template(self.model, None) or b"").decode("utf-8", "replace")

    @property
    def bos(self) -> int:
        """The token that begins every prompt, or -1 if the model wants none."""
        wanted = api.llama_vocab_get_add_bos(self._vocab)
        return int(api.llama_vocab_bos(self._vocab)) if wanted else -1

    def marker(self, which: str) -> str:
        """Text of the "bos" or "eos" token, "" if there is none."""
        token = {"bos": api.llama_vocab_bos, "eos": api.llama_vocab_eos}[which](self._vocab)
        return "" if token < 0 else api.llama_vocab_get_text(self._vocab, token).decode("utf-8", "replace")

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Text → tokens; only with `special` does the text of a control token become that token."""
        data = text.encode("utf-8", "replace")
        size = len(data) + 8  # never more tokens than bytes, beside a space that some vocabularies put in front
        tokens = (api.llama_token * size)()
        count = api.llama_tokenize(self._vocab, data, len(data), tokens, size, False, special)
        if count < 0:
            raise ModelError(f"The model can't tokenize this text: {text[:40]!r}…")
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """Token → its bytes, which may be a part of a character."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = api.llama_token_to_piece(self._vocab, token, buffer, size, 0, True)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def ends(self, token: int) -> bool:
        """Whether the answer ends here: at an end token, or at any other control token, which no answer holds."""
        return bool(api.llama_vocab_is_eog(self._vocab, token) or api.llama_vocab_is_control(self._vocab, token))
