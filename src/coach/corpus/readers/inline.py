"""Pieces of running text, as a tree gives them → one block of Markdown-like text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coach.corpus.readers.trees import CONTROL

BREAK = "\x00"
"""A forced line break; the character can't occur in a parsed tree."""
_BOLD = "\x01"

_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0\u2000-\u200a\u3000]+")
_CJK = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef"
_CJK_BREAK = re.compile(rf"(?<=[{_CJK}])[ \t]*[\r\n]\s*(?=[{_CJK}])")
_AROUND_BREAK = re.compile(rf" *{BREAK} *")
_BOLD_RUN = re.compile(f"{_BOLD}([^{_BOLD}]*){_BOLD}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text with what applies to it. `verbatim` text (code, formulas) keeps its spaces."""

    text: str
    bold: bool = False
    href: str = ""
    verbatim: bool = False


def render(pieces: Sequence[Piece], *, emphasis: bool = True) -> str:
    """Return the text of a block: white space as a browser shows it, bold runs in `**`.

    Links become `[text](address)` where a block is nothing but links, and their text alone within running text and
    headings (which have no `emphasis`).
    """
    whole = [piece for piece in pieces if piece.text.strip(f"{BREAK} \t\r\n\u00a0,，、|/·;；")]
    linked = emphasis and bool(whole) and all(piece.href for piece in whole)
    out: list[str] = []
    bold = False
    for place, piece in enumerate(pieces):
        if emphasis and piece.bold != bold and piece.text.strip():
            out.append(_BOLD)
            bold = piece.bold
        text = piece.text if piece.text == BREAK else CONTROL.sub("", piece.text)
        if not piece.verbatim:
            text = _SPACES.sub(" ", _CJK_BREAK.sub("", _INVISIBLE.sub("", text)))
        if linked and piece.href and text.strip():
            starts = place == 0 or pieces[place - 1].href != piece.href
            ends = place + 1 == len(pieces) or pieces[place + 1].href != piece.href
            text = ("[" if starts else "") + text + (f"]({piece.href})" if ends else "")
        out.append(text)
    if bold:
        out.append(_BOLD)
    text = _BOLD_RUN.sub(_mark, "".join(out)).replace(_BOLD, "")
    lines = [re.sub(" {2,}", " ", line).strip() for line in _AROUND_BREAK.split(text)]
    return "\n".join(line for line in lines if line)


def _mark(match: re.Match[str]) -> str:
    """Set a bold run in asterisks, line by line, white space outside."""
    lines = []
    for line in match.group(1).split(BREAK):
        core = line.strip()
        left = len(line) - len(line.lstrip())
        lines.append(line[:left] + f"**{core}**" + line[left + len(core) :] if core else line)
    return BREAK.join(lines)
