"""A model's contexts and the one line before them: each request streams its text back, each can be stopped.

llama.cpp aborts the process when two threads use one context, so each context has one thread of its own (`lanes.py`).
A second context over the same weights is opened when two ask at once, if processors and memory allow. Whoever reads a
request's pieces gets an empty one every tenth of a second while there is no text. That is what makes a stop possible at
any time: a generator can be closed only while it waits at a `yield`.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from functools import partial
from pathlib import Path
from queue import Empty
from weakref import finalize

from coach.errors import ModelError, ModelFileError, PromptTooLongError
from coach.llm.lanes import Lane
from coach.llm.memory import Memory, StateFiles
from coach.llm.native import Native, NoRoomError, StopFlag
from coach.llm.request import Request
from coach.llm.setup import Setup
from coach.llm.speed import Speed
from coach.llm.states import States
from coach.llm.template import ChatTemplate, Message
from coach.llm.weights import Weights

HEARTBEAT = 0.1
"""Seconds without text after which an empty piece is given."""
USUAL_ANSWER = 200
"""Tokens of an answer, for foreseeing how long those in front take."""
LEAST_CONTEXT = 1024
"""A context is made smaller for want of memory, but not smaller than this."""
_LOG = logging.getLogger(__name__)

Told = Callable[[int, float | None], None]
"""Told how many requests have to be done before, and the seconds to the first word if they can be foreseen."""


class Engine:
    """A loaded model, ready for requests from any thread.

    Args:
        path: The GGUF file.
        context: Context length asked for, in tokens; where memory is short it gets a smaller one, see `context`.
        setup: How to compute.
        roomy: Asked, when two want to write at once, whether there is memory for a second context.
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
        setup: Setup,
        roomy: Callable[[], bool] = lambda: False,
        state_bytes: int = 512 << 20,
        state_files: Path | None = None,
    ) -> None:
        self.weights, self.setup, self.speed = Weights(path), setup, Speed()
        contexts: list[Native] = []
        self._contexts = contexts
        self._free = finalize(self, _free, self.weights, contexts)
        if not self.weights.chat_template:
            self._free()
            raise ModelFileError(f"{path} has no chat template. Choose a chat model, for example an “Instruct” one.")
        self._template = ChatTemplate(
            self.weights.chat_template, bos=self.weights.marker("bos"), eos=self.weights.marker("eos")
        )
        self._vocabulary = threading.Lock()  # keeps `close` from freeing the vocabulary under a `tokenize`
        self._states, self._state_files, self._roomy = States(state_bytes), state_files, roomy
        self._line: list[Request] = []  # those that are worked on, and those that wait
        self._lining_up = threading.Condition()
        self._closed = False
        self.context = context
        self.lanes = [Lane(self._open_context, self.speed)]
        try:
            self._open_first(context)
        except NoRoomError:
            self._free()
            raise

    def _open_first(self, context: int) -> None:
        """Open the first context, with half of what is asked for as often as memory is short."""
        while True:
            self.context = context
            try:
                self.lanes[0].open()
            except NoRoomError:
                if context // 2 < LEAST_CONTEXT:
                    raise
                context //= 2
                self.lanes[0].broken = False
                _LOG.warning("memory is short: a context of %d tokens is tried", context)
            else:
                break

    def _open_context(self) -> tuple[Native, Memory]:
        native = Native(self.weights, context=self.context, setup=self.setup, sharing=self._sharing)
        self._contexts.append(native)
        self.context = native.context
        files = StateFiles(self._state_files, native.fingerprint) if self._state_files else None
        return native, Memory(native, self._states, self.speed, files)

    def _sharing(self) -> int:
        """Contexts that are at work at the moment."""
        return sum(lane.request is not None for lane in self.lanes)

    def close(self) -> None:
        """Stop what is being written, refuse what waits, and free the memory."""
        with self._lining_up:
            self._closed = True
            for request in self._line:
                request.job.cancel()
                if not request.job.cancelled():
                    request.flag.set()
            lanes = list(self.lanes)
        for lane in lanes:
            lane.worker.shutdown(wait=True)
        with self._vocabulary:
            self._free()

    def wait(self) -> None:
        """Wait until nothing is worked on and nobody waits."""
        with self._lining_up:
            self._lining_up.wait_for(lambda: not any(lane.request for lane in self.lanes))

    def tokenize(self, messages: Sequence[Message]) -> list[int]:
        """Messages → the tokens of the prompt; does not wait in line.

        Raises:
            ModelFileError: The model's chat template can't hold these messages.
        """
        with self._vocabulary:
            if not self._free.alive:
                raise ModelError("The language model was closed.")
            tokens = self._tokens(self._template.prompt(messages))
            first = self.weights.bos
        return tokens if first < 0 or tokens[:1] == [first] else [first, *tokens]

    def _tokens(self, pieces: Sequence[tuple[str, bool]]) -> list[int]:
        """Tokenize in one go, as in training; piece by piece if a content would make a control token."""
        tokenize, ends = self.weights.tokenize, self.weights.ends
        whole = tokenize("".join(text for text, _ in pieces), special=True)
        separate = [(tokenize(text, special=own), own) for text, own in pieces]
        allowed = [token for tokens, own in separate if own for token in tokens if ends(token)]
        if [token for token in whole if ends(token)] == allowed:
            return whole
        return [token for tokens, own in separate for token in tokens if own or not ends(token)]

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
        foreseen = self._line_up(request)
        if foreseen is None:
            raise ModelError("The language model was closed. Ask again.")
        place, began = foreseen[0], False
        try:
            told(*foreseen)
            yield ""
            while True:
                if not began and (now := self._place(request)) != place:
                    place = now
                    told(place, self._expected(request))
                    yield ""
                if (piece := _next_piece(request)) is None:
                    break
                began = began or bool(piece)
                yield piece
            request.job.result()
        except CancelledError as error:
            raise ModelError("The language model was closed while the question waited. Ask again.") from error
        finally:
            self._stop(request)

    def prepare(self, prompt: Sequence[int], *, fixed: int = 0) -> None:
        """Read a prompt behind everything else, so that a request that begins so starts sooner; returns at once.

        It is dropped when anything is asked, also by the next call.
        """
        if len(prompt) < self.context:
            self._line_up(Request(prompt=prompt, limit=0, fixed=fixed, early=True))

    def aside(self, task: Callable[[StopFlag], None]) -> Future[None] | None:
        """Run a task on the first context's thread while nobody asks anything; it must end when its flag is set.

        Returns:
            Its end, also if it was stopped; None if something is going on just now.
        """
        request = Request(prompt=(), limit=0, early=True, task=task, lane=self.lanes[0])
        with self._lining_up:
            return request.job if not self._line and self._line_up(request) else None

    # The line. A request stays in it until it is done.

    def _line_up(self, request: Request) -> tuple[int, float | None] | None:
        """Put a request at the end of the line; None if the model was closed, or is too busy to read early.

        Returns:
            Its place in the line, and the seconds until its first word if they can be foreseen.
        """
        with self._lining_up:
            if self._closed:
                return None
            for other in self._line:
                if other.early:
                    other.flag.set()
            if request.early and not all(other.early for other in self._line):
                return None
            if request.lane is None:
                request.lane = self._lane_for(request)
            self._line.append(request)
            foreseen = self._place(request), self._expected(request)
            self._hand_out()
            return foreseen

    def _lane_for(self, request: Request) -> Lane | None:
        """The lane, of those that do nothing of weight, that holds most of a prompt; None if all are at work."""
        taken = {id(other.lane) for other in self._line if not other.early and other.lane}
        idle = [lane for lane in self.lanes if lane.yields and id(lane) not in taken]
        if idle:
            return max(idle, key=lambda lane: lane.reusable(list(request.prompt)))
        if len(self.lanes) == 1 and not any(other.lane is None for other in self._line) and self._roomy():
            self.lanes.append(Lane(self._open_context, self.speed))
            return self.lanes[1]
        return None

    def _hand_out(self) -> None:
        """Give the lanes that are free what they have to do next."""
        for request in list(self._line):
            if request.job.done() or self._begun(request):
                continue
            lane = request.lane or next((lane for lane in self.lanes if lane.free), None)
            if lane is None or not lane.free:
                continue
            lane.request = request
            try:
                done = lane.worker.submit(lane.run, request)
            except RuntimeError:  # the interpreter is ending
                lane.request = None
                request.job.cancel()
            else:
                done.add_done_callback(partial(self._finished, lane, request))

    def _begun(self, request: Request) -> bool:
        return any(lane.request is request for lane in self.lanes)

    def _finished(self, lane: Lane, request: Request, done: Future[None]) -> None:
        """Take a request out of the line, on the lane's thread; one that a broken lane never began stays in it."""
        error = done.exception()
        with self._lining_up:
            lane.request = None
            if lane.broken and not (request.job.running() or request.job.done()):
                _LOG.warning("one context has to do: %s", error)
                request.lane = None
                return self._hand_out()
            if request in self._line:
                self._line.remove(request)
            self._hand_out()
            self._lining_up.notify_all()
        if request.job.running():
            request.job.set_exception(error) if error else request.job.set_result(None)
        return request.pieces.put(None)

    def _stop(self, request: Request) -> None:
        request.flag.set()
        with self._lining_up:
            request.job.cancel()
            if request in self._line and not self._begun(request):
                self._line.remove(request)

    def _before(self, request: Request) -> list[Request]:
        """The requests that go before one; those that only read early give way."""
        with self._lining_up:
            if request not in self._line:
                return []
            return [other for other in self._line[: self._line.index(request)] if not other.early]

    def _place(self, request: Request) -> int:
        """How many have to be done before one is begun."""
        if request.lane:
            return 0
        return max(0, len(self._before(request)) + 1 - sum(not lane.broken for lane in self.lanes))

    def _expected(self, request: Request) -> float | None:
        """Seconds until a request's first word, from the speed so far and the tokens that are really new."""
        before = self._before(request) if self._place(request) else []
        read = sum(len(each.prompt) - self._reusable(list(each.prompt)) for each in [*before, request])
        written = sum(max(0, min(each.limit, USUAL_ANSWER) - each.written) for each in before)
        return self.speed.seconds(read=read, written=written)

    def _reusable(self, prompt: list[int]) -> int:
        return max(self._states.longest(prompt), *(lane.reusable(prompt) for lane in self.lanes))


def _free(weights: Weights, contexts: list[Native]) -> None:
    for native in contexts:
        native.close()
    weights.close()


def _next_piece(request: Request) -> str | None:
    """Wait a moment for text; None at the end."""
    try:
        return request.pieces.get(timeout=HEARTBEAT)
    except Empty:
        return None if request.job.cancelled() else ""
