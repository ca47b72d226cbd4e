"""Decides which text a model may write next: no thinking blocks, and no citation marks but those given.

The rule for marks: a number alone in brackets (`[7]`, `[ 7 ]`) is a citation and must be one of 1 … `citations`,
without leading zeros. Everything else in brackets is let through: `[0, 1]`, `[n]`, `[text](url)`, `[:, 0]`. Code keeps
its own: after a line that begins with three backticks nothing is a citation until the next such line or the end.
"""

from dataclasses import dataclass, replace

FORBIDDEN = "<think>"
"""Opens the hidden reasoning of Qwen3, DeepSeek-R1 and their like."""
FENCE = "```"


@dataclass(frozen=True, slots=True)
class Guard:
    """The rule's state after some text. `citations` is the largest number allowed; None lets every mark through."""

    citations: int | None = None
    tag: int = 0
    mark: str = ""
    line: str = ""
    fenced: bool = False

    def after(self, text: str) -> "Guard | None":
        """Return the state after `text`, or None if it may not be written."""
        tag, mark, line, fenced = self.tag, self.mark, self.line, self.fenced
        for char in text:
            tag = tag + 1 if char == FORBIDDEN[tag] else int(char == FORBIDDEN[0])
            if tag == len(FORBIDDEN):
                return None
            if self.citations is None:
                continue
            if char == "]" and not fenced and self._is_wrong(mark):
                return None
            goes_on = mark and (char.isdecimal() or char.isspace())
            mark = char if char == "[" else mark + char if goes_on else ""
            if char == "\n":
                line = ""
            elif len(line) < len(FENCE):  # the beginning of a line tells whether it opens or closes a block
                line += char
                fenced ^= line == FENCE
        return replace(self, tag=tag, mark=mark, line=line, fenced=fenced)

    def _is_wrong(self, mark: str) -> bool:
        number = mark[1:].strip()
        if not number.isdecimal():  # nothing, or numbers with a space between
            return False
        return not (number.isascii() and number[0] != "0" and int(number) <= (self.citations or 0))
