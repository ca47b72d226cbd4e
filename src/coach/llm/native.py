"""llama.cpp's C API for one model and one context: load, tokenize, decode, sample, keep states, free.

The only module that calls llama.cpp. It knows nothing of chats, and it is not safe for threads: two of them in one
context abort the whole process. `engine.py` owns it. Tokenizing alone reads nothing that changes.
"""

import ctypes
import importlib.metadata
import math
import os
import sys
from collections import deque
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from llama_cpp import llama_cpp as api

from coach.errors import ModelError, ModelFileError

BATCH = 512
"""Most tokens decoded at once."""
_ABORTED = 2  # what llama_decode returns when the abort callback said so
_log: deque[str] = deque(maxlen=20)


class AbortedError(ModelError):
    """The request was stopped."""


@api.llama_log_callback  # type: ignore[untyped-decorator] # ctypes
def _keep_log(level: int, text: bytes, _: object) -> None:
    if level == 4:  # GGML_LOG_LEVEL_ERROR
        _log.append(text.decode("utf-8", "replace").strip())


@cache
def _start() -> Any:  # noqa: ANN401 - a ctypes function
    """Start llama.cpp once, silence it, and return the function that it asks whether to stop.

    That function is C's `strlen` on a two-byte buffer: 0 while the buffer is empty, 1 after a byte was put there. It is
    asked for every node of the graph; a Python function would take the interpreter's lock each time.
    """
    api.llama_log_set(_keep_log, None)
    api.llama_backend_init()
    library = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
    return ctypes.cast(library.strlen, api.ggml_abort_callback)


class StopFlag:
    """Stops a decode from any thread."""

    def __init__(self) -> None:
        self.buffer = ctypes.create_string_buffer(2)

    def set(self) -> None:
        """Ask for a stop; can't be taken back."""
        self.buffer[0] = b"\1"

    def __bool__(self) -> bool:
        return self.buffer[0] != b"\0"


class Native:
    """A loaded model with one context, whose memory holds one sequence.

    Args:
        path: The GGUF file.
        context: Context length asked for, in tokens; the model may have been trained for less.
        threads: Threads to compute with.

    Raises:
        ModelFileError: llama.cpp can't load the file.
        ModelError: There is not enough memory for the context.
    """

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        self._abort = _start()
        _log.clear()
        self._context = self._sampler = None
        self._flag = StopFlag()
        self._model = api.llama_model_load_from_file(os.fsencode(path), api.llama_model_default_params())
        if not self._model:
            raise ModelFileError(f"llama.cpp can't load {path}{_reason()}. Download it again, or choose another model.")
        params = api.llama_context_default_params()
        params.n_ctx = min(context, api.llama_model_n_ctx_train(self._model) or context)
        params.n_batch = params.n_ubatch = BATCH
        params.n_threads = params.n_threads_batch = threads
        self._context = api.llama_init_from_model(self._model, params)
        if not self._context:
            self.close()
            raise ModelError(
                f"There is not enough memory for {path} with a context of {context} tokens{_reason()}. "
                "Ask for a shorter one with COACH_CONTEXT, or choose a smaller model."
            )
        self._vocab = api.llama_model_get_vocab(self._model)
        self._memory = api.llama_get_memory(self._context)
        self.context: int = api.llama_n_ctx(self._context)
        self.fingerprint = f"{_identity(path)} {params.flash_attn_type} {params.type_k} {params.type_v}"
        """Names all that a saved state depends on."""
        self.words: int = api.llama_vocab_n_tokens(self._vocab)

    def close(self) -> None:
        """Free everything; harmless when done twice."""
        self.end_sampling()
        if self._context:
            api.llama_free(self._context)
        if self._model:
            api.llama_model_free(self._model)
        self._context = self._model = None

    # Vocabulary

    @property
    def chat_template(self) -> str:
        """The model's chat template, "" if it has none."""
        return (api.llama_model_chat_template(self._model, None) or b"").decode("utf-8", "replace")

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

    # Memory and decoding

    def stop_with(self, flag: StopFlag) -> None:
        """Let `flag` stop the decodes from now on."""
        _log.clear()
        self._flag = flag  # llama.cpp holds its address: keep it alive
        api.llama_set_abort_callback(self._context, self._abort, ctypes.addressof(flag.buffer))

    def decode(self, tokens: Sequence[int]) -> None:
        """Put at most `BATCH` tokens behind the sequence and compute what may follow.

        Raises:
            AbortedError: The flag was set. How much of the batch got into the memory is unknown.
            ModelError: llama.cpp refused.
        """
        if self._flag:  # a GPU does not ask during the computation
            raise AbortedError("The language model was stopped.")
        count = len(tokens)
        batch = (api.llama_token * count)(*tokens)
        code = api.llama_decode(self._context, api.llama_batch_get_one(batch, count))
        if code == _ABORTED:
            raise AbortedError("The language model was stopped.")
        if code:
            raise ModelError(f"llama.cpp can't go on (code {code}){_reason()}. Ask again; if it stays, restart.")

    def truncate(self, length: int) -> bool:
        """Forget the sequence behind `length` tokens; False if this kind of memory had to be emptied altogether."""
        if length and api.llama_memory_seq_rm(self._memory, 0, length, -1):
            return True
        api.llama_memory_clear(self._memory, True)
        return not length

    def save(self) -> ctypes.Array[ctypes.c_uint8]:
        """Copy the sequence's state out."""
        size = api.llama_state_seq_get_size(self._context, 0)
        state = (ctypes.c_uint8 * size)()
        api.llama_state_seq_get_data(self._context, state, size, 0)
        return state  # type: ignore[no-any-return] # ctypes

    def restore(self, state: ctypes.Array[ctypes.c_uint8]) -> bool:
        """Replace the sequence by a saved one; False if that failed and the memory is empty."""
        api.llama_memory_clear(self._memory, True)
        if api.llama_state_seq_set_data(self._context, state, len(state), 0):
            return True
        api.llama_memory_clear(self._memory, True)
        return False

    # Sampling

    def begin_sampling(self, *, temperature: float, top_p: float, seed: int | None) -> None:
        """Choose how to sample from now on; temperature 0 always takes the likeliest token."""
        self.end_sampling()
        self._sampler = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
        if temperature <= 0:
            steps = [api.llama_sampler_init_greedy()]
        else:
            steps = [
                api.llama_sampler_init_top_k(40),
                api.llama_sampler_init_top_p(top_p, 1),
                api.llama_sampler_init_min_p(0.05, 1),
                api.llama_sampler_init_temp(temperature),
                api.llama_sampler_init_dist(api.LLAMA_DEFAULT_SEED if seed is None else seed & 0x7FFFFFFF),
            ]
        for step in steps:
            api.llama_sampler_chain_add(self._sampler, step)

    def end_sampling(self) -> None:
        """Free the sampler."""
        if self._sampler:
            api.llama_sampler_free(self._sampler)
        self._sampler = None

    def sample(self) -> int:
        """Draw the next token."""
        return int(api.llama_sampler_sample(self._sampler, self._context, -1))

    def likeliest(self, tokens: Sequence[int]) -> int:
        """The likeliest one of some tokens."""
        logits = api.llama_get_logits_ith(self._context, -1)
        return max(tokens, key=lambda token: float(logits[token]))

    def forbid(self, token: int) -> None:
        """Make `token` impossible for the next draw."""
        api.llama_get_logits_ith(self._context, -1)[token] = -math.inf


def _identity(path: Path) -> str:
    there = path.stat()
    return f"{path.resolve()} {there.st_size} {there.st_mtime_ns} {importlib.metadata.version('llama-cpp-python')}"


def _reason() -> str:
    """What llama.cpp complained about first, in brackets: later complaints follow from it."""
    return f" ({_log[0]})" if _log else ""
