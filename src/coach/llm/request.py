"""What is asked of a model's engine, and afterwards how it went."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING

from coach.llm.native import StopFlag
from coach.llm.structured import Schema

if TYPE_CHECKING:
    from coach.llm.lanes import Lane


@dataclass(eq=False, slots=True)
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
        schema: Write JSON of this shape instead of free text.
        fixed: So many tokens of the prompt begin other prompts too.
        early: Only read the prompt, and only as long as nothing else is asked.
        task: Run this instead of reading and writing; it ends soon after its flag is set.
        lane: Where it has to be done; None takes the first that is free.
        reason: Why the text ended: "stop", "length" or "repetition".
        written: Tokens written.
        reused: Tokens of the prompt that were still in memory.
        job: Its end, and what went wrong.
    """

    prompt: Sequence[int]
    limit: int = 512
    temperature: float = 0.0
    top_p: float = 0.95
    seed: int | None = None
    stops: Sequence[str] = ()
    citations: int | None = None
    schema: Schema | None = None
    fixed: int = 0
    early: bool = False
    task: "Callable[[StopFlag], None] | None" = None
    lane: "Lane | None" = None
    reason: str = "length"
    written: int = 0
    reused: int = 0
    pieces: SimpleQueue[str | None] = field(default_factory=SimpleQueue)
    flag: StopFlag = field(default_factory=StopFlag)
    job: "Future[None]" = field(default_factory=Future)
