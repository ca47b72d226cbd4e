"""The one owner of a model's context: requests wait in line, each streams its text back, each can be stopped.

llama.cpp aborts the process when two threads use one context, so one worker thread makes all the calls. Whoever reads a
request's pieces gets an empty one every tenth of a second while there is no text. That is what makes a stop possible at
any time: a generator can be closed only while it waits at a `yield`.
"""

import codecs
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from weakref import finalize

from coach.errors import ModelError, ModelFileError, PromptTooLongError
from coach.llm.guard import Guard
from coach.llm.native import BATCH, Native, StopFlag
from coach.llm.output import LoopDetector, StopFilter
from coach.llm.states import States, common_prefix
from coach.llm.template import ChatTemplate, Message

HEARTBEAT = 0.1
"""Seconds without text after which an empty piece is given."""


@dataclass(slots=True)
class Request:
    """What to write, and afterwards how it went.

    Attributes:
        prompt: The prompt's tokens.
        limit: Most tokens to write.
        temperature: 0 always takes the likeliest token.
        top_p: Draws from the likeliest tokens that together have this probability.
        seed: Makes the drawing repeatable; None draws differently each time.
        stops: Texts that end the answer; they are not part of it.
        citations: The largest citation number allowed, None for no rule.
        reason: Why the text ended: "stop", "length" or "repetition".
        written: Tokens written.
        reused: Tokens of the prompt that were still in memory.
    """

    prompt: Sequence[int]
    limit: int = 512
    temperature: float = 0.0
    top_p: float = 0.95
    seed: int | None = None
    stops: Sequence[str] = ()
    citations: int | None = None
    reason: str = "length"
    written: int = 0
    reused: int = 0
    pieces: SimpleQueue[str | None] = field(default_factory=SimpleQueue)
    flag: StopFlag = field(default_factory=StopFlag)


class Engine:
    """A loaded model, ready for requests from any thread.

    Args:
        path: The GGUF file.
        context: Context length asked for, in tokens.
        threads: Threads to compute with.
        state_bytes: Memory for the states of conversations that are not going on at the moment.

    Raises:
        ModelFileError: The file can't be used for chats.
        ModelError: There is not enough memory.
    """

    def __init__(self, path: Path, *, context: int, threads: int, state_bytes: int = 256 << 20) -> None:
        self._native = Native(path, context=context, threads=threads)
        self._free = finalize(self, self._native.close)
        if not self._native.chat_template:
            self._free()
            raise ModelFileError(f"{path} has no chat template. Choose a chat model, for example an “Instruct” one.")
        self._template = ChatTemplate(
            self._native.chat_template, bos=self._native.marker("bos"), eos=self._native.marker("eos")
        )
        self._vocabulary = threading.Lock()  # keeps `close` from freeing the vocabulary under a `tokenize`
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llama")
        self._states = States(state_bytes)
        self._held: list[int] = []  # the tokens whose state the context's memory holds
        self._prompt_size = 0  # how many of them are a prompt
        self._current: Request | None = None
        self.context = self._native.context

    def close(self) -> None:
        """Stop what is being written, refuse what waits, and free the memory."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        if self._current:
            self._current.flag.set()
        self._worker.shutdown(wait=True)
        with self._vocabulary:
            self._free()

    def wait(self) -> None:
        """Wait until everything asked for so far is done."""
        self._worker.submit(lambda: None).result()

    def tokenize(self, messages: Sequence[Message]) -> list[int]:
        """Messages → the tokens of the prompt; does not wait in line.

        Raises:
            ModelFileError: The model's chat template can't hold these messages.
        """
        with self._vocabulary:
            if not self._free.alive:
                raise ModelError("The language model was closed.")
            tokens = self._tokens(self._template.prompt(messages))
            first = self._native.bos
        return tokens if first < 0 or tokens[:1] == [first] else [first, *tokens]

    def _tokens(self, pieces: Sequence[tuple[str, bool]]) -> list[int]:
        """Tokenize in one go, as in training; piece by piece if a content would make a control token."""
        whole = self._native.tokenize("".join(text for text, _ in pieces), special=True)
        separate = [(self._native.tokenize(text, special=own), own) for text, own in pieces]
        allowed = [token for tokens, own in separate if own for token in tokens if self._native.ends(token)]
        if [token for token in whole if self._native.ends(token)] == allowed:
            return whole
        return [token for tokens, own in separate for token in tokens if own or not self._native.ends(token)]

    def stream(self, request: Request) -> Iterator[str]:
        """Write; yields text as it comes and "" while there is none. Closing the generator stops the model.

        Raises:
            PromptTooLongError: The prompt does not fit.
            ModelError: llama.cpp refused, or the model was closed meanwhile.
        """
        if len(request.prompt) + 1 > self.context:
            raise PromptTooLongError(
                f"The prompt has {len(request.prompt)} tokens, but the model's context holds {self.context}. "
                "Ask for a longer context with COACH_CONTEXT, or shorten the question."
            )
        try:
            job = self._worker.submit(self._run, request)
        except RuntimeError as error:
            raise ModelError("The language model was closed. Ask again.") from error
        try:
            while (piece := _next_piece(request, job)) is not None:
                yield piece
            job.result()
        except CancelledError as error:
            raise ModelError("The language model was closed while the question waited. Ask again.") from error
        finally:
            request.flag.set()
            job.cancel()

    # What follows runs on the worker's thread.

    def _run(self, request: Request) -> None:
        self._current = request
        try:
            if not request.flag:
                self._native.stop_with(request.flag)
                self._read(request)
                self._write(request)
        finally:
            self._current = None
            self._native.end_sampling()
            request.pieces.put(None)

    def _read(self, request: Request) -> None:
        """Bring the memory to the prompt, reusing as much as it or a saved state holds."""
        prompt = list(request.prompt)
        keep = min(common_prefix(self._held, prompt), len(prompt) - 1)
        if state := self._states.take(prompt, better_than=keep):
            self._put_away(keep)
            self._held = list(state.tokens) if self._native.restore(state.data) else []
            keep = min(common_prefix(self._held, prompt), len(prompt) - 1)
        else:
            self._put_away(keep)
        self._held = self._held[:keep] if self._native.truncate(keep) else []
        request.reused = len(self._held)
        self._prompt_size = len(prompt)
        # The last token goes alone, the first time as at a repetition: the same computation gives the same text.
        for start in range(len(self._held), len(prompt) - 1, BATCH):
            self._decode(prompt[start : min(start + BATCH, len(prompt) - 1)])
        self._decode(prompt[-1:])

    def _put_away(self, keep: int) -> None:
        """Save the state in memory if more than its answer is going to be lost."""
        if self._states.worth(min(self._prompt_size, len(self._held)) - keep):
            self._states.put(self._held, self._native.save())

    def _decode(self, tokens: Sequence[int]) -> None:
        try:
            self._native.decode(tokens)
        except ModelError:
            if not self._native.truncate(len(self._held)):
                self._held = []
            raise
        self._held += tokens

    def _write(self, request: Request) -> None:
        self._native.begin_sampling(temperature=request.temperature, top_p=request.top_p, seed=request.seed)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        guard, stops, loops = Guard(request.citations), StopFilter(request.stops), LoopDetector()
        limit = min(request.limit, self.context - len(self._held))
        while request.written < limit:
            token, text, guard = self._draw(decoder, guard)
            if self._native.ends(token):
                request.reason = "stop"
                break
            request.written += 1
            if shown := stops.feed(text):
                request.pieces.put(shown)
            if stops.stopped:
                request.reason = "stop"
                return
            if loops.feed(token):
                request.reason = "repetition"
                break
            if request.written < limit:
                self._decode([token])
        if rest := stops.feed(decoder.decode(b"", final=True)) + stops.rest():
            request.pieces.put(rest)

    def _draw(self, decoder: codecs.IncrementalDecoder, guard: Guard) -> tuple[int, str, Guard]:
        """Draw freely and look only at the drawn token; draw again without it if the guard refuses it.

        That costs nothing when all is well; a grammar sampler tests the whole vocabulary first and halves the speed.
        """
        before = decoder.getstate()
        for _ in range(self._native.words):
            token = self._native.sample()
            decoder.setstate(before)
            text = decoder.decode(self._native.piece(token))
            after = guard.after(text)
            if after is not None:
                return token, text, after
            self._native.forbid(token)
        raise ModelError("The model finds no word that it may write here. Choose another model.")


def _next_piece(request: Request, job: Future[None]) -> str | None:
    """Wait a moment for text; None at the end."""
    try:
        return request.pieces.get(timeout=HEARTBEAT)
    except Empty:
        return None if job.cancelled() else ""
