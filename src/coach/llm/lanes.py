"""A lane: one context with the one thread that touches it. Requests come to it from the engine's line."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from coach.llm.memory import Memory
from coach.llm.native import AbortedError, Native, NoRoomError
from coach.llm.request import Request
from coach.llm.speed import Speed
from coach.llm.writing import Writer


class Lane:
    """One context and its owner.

    Args:
        open_context: Makes the context and what it has read; called by the owner at its first request.
        speed: Told how fast it is.
    """

    def __init__(self, open_context: Callable[[], tuple[Native, Memory]], speed: Speed) -> None:
        self._open, self._speed = open_context, speed
        self.worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="llama")
        self.native: Native | None = None
        self.memory: Memory | None = None
        self.request: Request | None = None
        """What it works on; belongs to the engine's line."""
        self.broken = False

    @property
    def free(self) -> bool:
        """Whether it does nothing."""
        return self.request is None and not self.broken

    @property
    def yields(self) -> bool:
        """Whether it does nothing that a question would have to wait for."""
        return not self.broken and (self.request is None or self.request.early)

    def reusable(self, prompt: list[int]) -> int:
        """Tokens of a prompt that its context holds."""
        return self.memory.shared(prompt) if self.memory else 0

    def open(self) -> None:
        """Make the context, if it is not there yet.

        Raises:
            NoRoomError: There is not enough memory; the lane is not used any more.
        """
        if self.native is None:
            try:
                self.native, self.memory = self._open()
            except NoRoomError:
                self.broken = True
                raise

    def run(self, request: Request) -> None:
        """Do what is asked, on the owner's thread; nothing if it was cancelled meanwhile.

        Raises:
            NoRoomError: The lane's context can't be made; the request was not begun.
            ModelError: llama.cpp refused, or it was stopped.
        """
        self.open()
        if self.native is None or self.memory is None or not request.job.set_running_or_notify_cancel():
            return
        try:
            if not request.flag:
                self._act(self.native, self.memory, request)
        except AbortedError:
            if not request.early:
                raise
        finally:
            self.native.end_sampling()

    def _act(self, native: Native, memory: Memory, request: Request) -> None:
        if request.task:
            request.task(request.flag)
            return
        native.stop_with(request.flag)
        request.reused = memory.read(request.prompt, fixed=request.fixed, early=request.early)
        if not request.early:
            Writer(native, memory, request, self._speed).write()
