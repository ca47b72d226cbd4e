"""llama.cpp's C API for one context over a model's weights: decode, sample, keep states, free.

With `weights.py` the only module that calls llama.cpp. It knows nothing of chats, and it is not safe for threads: two
of them in one context abort the whole process. `engine.py` gives each context one thread, its owner.
"""

import ctypes
import math
from collections.abc import Callable, Sequence

from llama_cpp import llama_cpp as api

from coach.errors import ModelError
from coach.llm.setup import BATCH, Setup
from coach.llm.weights import Weights, forget_log, reason, start

_ABORTED = 2  # what llama_decode returns when the abort callback said so
_TYPES = {"f16": api.GGML_TYPE_F16, "q8_0": api.GGML_TYPE_Q8_0}


class AbortedError(ModelError):
    """The request was stopped."""


class NoRoomError(ModelError):
    """There is not enough memory for a context."""


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
    """One context, whose memory holds one sequence.

    Args:
        weights: The model; must be freed behind the context.
        context: Context length asked for, in tokens; the model may have been trained for less.
        setup: How to compute.
        sharing: Tells, before each decode, among how many contexts at work the threads are to be shared.

    Raises:
        NoRoomError: There is not enough memory for the context.
    """

    def __init__(self, weights: Weights, *, context: int, setup: Setup, sharing: Callable[[], int] = lambda: 1) -> None:
        self.weights, self.setup, self._sharing = weights, setup, sharing
        self._abort = start()
        forget_log()
        self._sampler = None
        self._flag = StopFlag()
        params = api.llama_context_default_params()
        params.n_ctx = min(context, weights.trained or context)
        params.n_batch, params.n_ubatch = BATCH, setup.batch
        params.n_threads, params.n_threads_batch = setup.writing, setup.reading
        params.type_k = params.type_v = _TYPES[setup.cache]
        if setup.flash is not None:
            params.flash_attn_type = int(setup.flash)
        self._context = api.llama_init_from_model(weights.model, params)
        if not self._context:
            raise NoRoomError(
                f"There is not enough memory for {weights.path} with a context of {context} tokens{reason()}. "
                "Ask for a shorter one with COACH_CONTEXT, or choose a smaller model."
            )
        self._threads = (setup.reading, setup.writing)
        self._memory = api.llama_get_memory(self._context)
        self.context: int = api.llama_n_ctx(self._context)
        self.fingerprint = f"{weights.identity} {params.flash_attn_type} {params.type_k} {params.type_v}"
        """Names all that a saved state depends on."""

    def close(self) -> None:
        """Free the context, not the weights; harmless when done twice."""
        self.end_sampling()
        if self._context:
            api.llama_free(self._context)
        self._context = None

    # Memory and decoding

    def stop_with(self, flag: StopFlag) -> None:
        """Let `flag` stop the decodes from now on."""
        forget_log()
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
        share = max(1, self._sharing())
        threads = (max(1, self.setup.reading // share), max(1, self.setup.writing // share))
        if threads != self._threads:
            self._threads = threads
            api.llama_set_n_threads(self._context, threads[1], threads[0])
        count = len(tokens)
        batch = (api.llama_token * count)(*tokens)
        code = api.llama_decode(self._context, api.llama_batch_get_one(batch, count))
        if code == _ABORTED:
            raise AbortedError("The language model was stopped.")
        if code:
            raise ModelError(f"llama.cpp can't go on (code {code}){reason()}. Ask again; if it stays, restart.")

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
