"""The one owner of a model's context: requests wait in line, each streams its text back, each can be stopped.

llama.cpp aborts the process when two threads use one context, so one worker thread makes all the calls. Whoever reads a
request's pieces gets an empty one every tenth of a second while there is no text. That is what makes a stop possible at
any time: a generator can be closed only while it waits at a `yield`.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from weakref import finalize

from coach.errors import ModelError, ModelFileError, PromptTooLongError
from coach.llm.memory import Memory, StateFiles
from coach.llm.native import AbortedError, Native
from coach.llm.request import Request
from coach.llm.speed import Speed
from coach.llm.states import States
from coach.llm.template import ChatTemplate, Message
from coach.llm.writing import Writer

HEARTBEAT = 0.1
"""Seconds without text after which an empty piece is given."""
USUAL_ANSWER = 200
"""Tokens of an answer, for foreseeing how long those in front take."""


Told = Callable[[int, float | None], None]
"""Told how many requests go before, and the seconds to the first word if they can be foreseen."""


class Engine:
    """A loaded model, ready for requests from any thread.

    Args:
        path: The GGUF file.
        context: Context length asked for, in tokens.
        threads: Threads to compute with.
        state_bytes: Memory for the states of conversations that are not going on at the moment.
        state_files: Folder for the states of system texts; None keeps them in memory alone.

    Raises:
        ModelFileError: The file can't be used for chats.
        ModelError: There is not enough memory.
    """

    def __init__(
        self,
        path: Path,
        *,
        context: int,
        threads: int,
        state_bytes: int = 512 << 20,
        state_files: Path | None = None,
    ) -> None:
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
        self.speed = Speed()
        files = StateFiles(state_files, self._native.fingerprint) if state_files else None
        self._memory = Memory(self._native, States(state_bytes), self.speed, files)
        self._line: list[Request] = []  # the first one is being worked on
        self._lining_up = threading.Lock()
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

    def stream(self, request: Request, told: Told = lambda place, seconds: None) -> Iterator[str]:
        """Write; yields text as it comes and "" while there is none. Closing the generator stops the model.

        Args:
            request: What to write.
            told: Called, in the reader's thread, when the request's place in the line changes, and at the beginning.

        Raises:
            PromptTooLongError: The prompt does not fit.
            ModelError: llama.cpp refused, or the model was closed meanwhile.
        """
        if len(request.prompt) + 1 > self.context:
            raise PromptTooLongError(
                f"The prompt has {len(request.prompt)} tokens, but the model's context holds {self.context}. "
                "Ask for a longer context with COACH_CONTEXT, or shorten the question."
            )
        job = self._line_up(request)
        if job is None:
            raise ModelError("The language model was closed. Ask again.")
        place, began = -1, False
        try:
            while True:
                if not began and (now := self._place(request)) != place:
                    place = now
                    told(place, self._expected(request))
                    yield ""
                if (piece := _next_piece(request, job)) is None:
                    break
                began = began or bool(piece)
                yield piece
            job.result()
        except CancelledError as error:
            raise ModelError("The language model was closed while the question waited. Ask again.") from error
        finally:
            request.flag.set()
            job.cancel()
            self._leave(request)

    def prepare(self, prompt: Sequence[int], *, fixed: int = 0) -> None:
        """Read a prompt behind everything else, so that a request that begins so starts sooner; returns at once.

        It is dropped when anything is asked, also by the next call.
        """
        if len(prompt) < self.context:
            self._line_up(Request(prompt=prompt, limit=0, fixed=fixed, early=True))

    def _line_up(self, request: Request) -> "Future[None] | None":
        """Put a request at the end of the line; None if the model was closed, or is too busy to read early."""
        with self._lining_up:
            for other in self._line:
                if other.early:
                    other.flag.set()
            if request.early and not all(other.early for other in self._line):
                return None
            try:
                job = self._worker.submit(self._run, request)
            except RuntimeError:
                return None
            self._line.append(request)
            return job

    def _leave(self, request: Request) -> None:
        with self._lining_up:
            if request in self._line:
                self._line.remove(request)

    def _before(self, request: Request) -> list[Request]:
        """The requests that go before one; those that only read early give way."""
        with self._lining_up:
            if request not in self._line:
                return []
            return [other for other in self._line[: self._line.index(request)] if not other.early]

    def _place(self, request: Request) -> int:
        return len(self._before(request))

    def _expected(self, request: Request) -> float | None:
        """Seconds until a request's first word, from the speed so far and the tokens that are really new."""
        before = self._before(request)
        read = sum(len(each.prompt) - self._memory.reusable(each.prompt) for each in [*before, request])
        written = sum(max(0, min(each.limit, USUAL_ANSWER) - each.written) for each in before)
        return self.speed.seconds(read=read, written=written)

    # What follows runs on the worker's thread.

    def _run(self, request: Request) -> None:
        self._current = request
        try:
            if not request.flag:
                self._native.stop_with(request.flag)
                request.reused = self._memory.read(request.prompt, fixed=request.fixed, early=request.early)
                if not request.early:
                    Writer(self._native, self._memory, request, self.speed).write()
        except AbortedError:
            if not request.early:
                raise
        finally:
            self._current = None
            self._leave(request)
            self._native.end_sampling()
            request.pieces.put(None)


def _next_piece(request: Request, job: Future[None]) -> str | None:
    """Wait a moment for text; None at the end."""
    try:
        return request.pieces.get(timeout=HEARTBEAT)
    except Empty:
        return None if job.cancelled() else ""
