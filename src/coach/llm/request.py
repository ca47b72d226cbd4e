"""What is asked of a model's engine, and afterwards how it went."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from coach.llm.native import StopFlag
from coach.llm.structured import Schema


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
    schema: Schema | None = None
    fixed: int = 0
    early: bool = False
    reason: str = "length"
    written: int = 0
    reused: int = 0
    pieces: SimpleQueue[str | None] = field(default_factory=SimpleQueue)
    flag: StopFlag = field(default_factory=StopFlag)
