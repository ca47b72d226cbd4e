"""Clean lines → questions with their answers, and the text that belongs to none. Knows no files and no passages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from coach.corpus.items import Item, before, closes
from coach.corpus.lines import Line
from coach.corpus.lists import is_question_list
from coach.corpus.marks import Mark, seems_to_ask, take_apart
from coach.corpus.selection import Selection, select
from coach.corpus.tables import question_rows

_ANSWER_WORD = (
    r"(?:参考答案|參考答案|标准答案|標準答案|参考回答|示例回答|回答示例|回答要点|答案解析|答案|回答|解答|解析|答|候选人|求职者|应聘者|面试者|我|"
    r"Answer|Ans|A)"
)
_ANSWER_LABEL = re.compile(
    rf"^(?:[-*]\s+)?(?:>\s*)?(?:\*\*|__)?\s*(?:[【\[]\s*{_ANSWER_WORD}\s*\d{{0,3}}\s*[】\]]\s*[:：]?"
    rf"|{_ANSWER_WORD}\s*\d{{0,3}}\s*(?:\*\*|__)?\s*[:：])\s*(?:\*\*|__)?[ \t]*",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*(?:[-*_=~—─]\s*){3,}$")
_SAME_LINE = re.compile(
    r"[?？]\s*(?:\*\*)?\s*(?:(?:答案|回答|答|Answer|A)\s*[:：]\s*|(?=[^?？]{10,}[。.!！;；]\s*$))", re.IGNORECASE
)
_FENCE_CLOSES = re.compile(r"^\s*(?:`{3,}|~{3,})\s*$")
_FENCE_OPENS = re.compile(r"^\s*(?:`{3,}|~{3,})\s*(?:te?xt|plain(?:text)?|markdown|md)?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A question with the lines of its answer, or lines without a question.

    Attributes:
        question: The question without marks; "" for text of no question.
        line_no: Line of the question, or the first line of the text.
        headings: Titles of the chapters above, outermost first.
        lines: Lines of the answer or text; the first may be the rest of the question's own line.
    """

    question: str
    line_no: int
    headings: tuple[str, ...]
    lines: tuple[Line, ...]


def find_questions(lines: Sequence[Line], *, title: str = "") -> list[Block]:
    """Return the questions and the other texts of an article, in order.

    Args:
        lines: Clean lines.
        title: The article's title; one that speaks of interview questions lets numbered bold lines count as such.
    """
    lines = _open_fenced_lists(lines)
    items = _join_labels([Item(at, take_apart(line.text)) for at, line in enumerate(lines) if line.prose])
    return _Assembly(lines, items, select(items, lines, title)).blocks()


def _open_fenced_lists(lines: Sequence[Line]) -> list[Line]:
    """Treat a fenced block that is a list of questions and stands at no question as the list that it is."""
    out = list(lines)
    at = 0
    while at < len(out):
        if out[at].kind != "code":
            at += 1
            continue
        end = at + 1
        while end < len(out) - 1 and out[end].kind == "code" and not _FENCE_CLOSES.match(out[end].text):
            end += 1
        if _FENCE_OPENS.match(out[at].text) and _holds_questions(out, at, end):
            for i in range(at, end + 1):
                inner = at < i < end and out[i].text.strip()
                out[i] = Line(out[i].no, out[i].text if inner else "", "prose" if inner else "blank")
        at = end + 1
    return out


def _holds_questions(lines: Sequence[Line], start: int, end: int) -> bool:
    marks = [take_apart(line.text) for line in lines[start + 1 : end] if line.text.strip()]
    before = next((line for line in reversed(lines[:start]) if line.kind != "blank"), None)
    if before is not None and (before.kind != "prose" or seems_to_ask(before.text) or take_apart(before.text).number):
        return False
    numbered = [mark for mark in marks if mark.number]
    return len(numbered) >= 0.7 * len(marks) and is_question_list(numbered)


def _join_labels(items: list[Item]) -> list[Item]:
    """Give a line that is only a label (`问题1`, `**Q:**`) the text of the next line as its question."""
    joined: list[Item] = []
    skip = -1
    for place, item in enumerate(items):
        if place == skip:
            continue
        mark = item.mark
        following = items[place + 1] if place + 1 < len(items) else None
        alone = mark.label == "ask" and not mark.body and not mark.rest
        near = following is not None and (item.heading or following.at == item.at + 1)
        if alone and near and following and not following.mark.label and not following.heading:
            mark = replace(mark, body=following.mark.body, taken=following.at)
            skip = place + 1
        joined.append(Item(item.at, mark))
    return joined


class _Assembly:
    """Walks the lines once and gives each its question and chapter."""

    def __init__(self, lines: Sequence[Line], items: Sequence[Item], selection: Selection) -> None:
        self._lines = lines
        self._marks = {item.at: item.mark for item in items}
        self._follower = {first.at: second.at for first, second in pairwise(items)}
        self._selection = selection
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._question, self._line_no, self._level = "", 0, 0
        self._asked: Mark | None = None
        self._body: list[Line] = []

    def blocks(self) -> list[Block]:
        """Return all blocks in order."""
        taken = -1
        for at, line in enumerate(self._lines):
            mark = self._marks.get(at)
            if at <= taken:
                continue
            rows = self._table(at)
            if rows:
                self._leave()
                path = tuple(title for _, title in self._path)
                self._blocks += [
                    Block(question, no, path, (Line(no, answer, "prose"),) if answer else ())
                    for no, question, answer in rows
                ]
                taken = self._table_end(at) - 1
            elif mark is not None and at in self._selection.questions:
                self._open(line, mark)
                taken = mark.taken
                if at in self._selection.bare:
                    self._leave_list(at)
            elif mark is not None and self._is_chapter(at, mark):
                self._enter(mark)
            elif _RULE.match(line.text) and self._question and not self._level and not _trim(self._body, answer=True):
                self._leave()
            else:
                self._body.append(line)
        self._close()
        return self._blocks

    def _table(self, at: int) -> list[tuple[int, str, str]]:
        """Rows of a table of questions and answers that starts here."""
        if self._lines[at].kind != "table" or (at and self._lines[at - 1].kind == "table"):
            return []
        return question_rows(self._lines[at : self._table_end(at)])

    def _table_end(self, at: int) -> int:
        while at < len(self._lines) and self._lines[at].kind == "table":
            at += 1
        return at

    def _is_chapter(self, at: int, mark: Mark) -> bool:
        if 1 <= mark.level <= 6:
            return not self._question or closes(mark, self._level)
        if at in self._selection.chapters or (mark.label == "ask" and not mark.body and not mark.rest):
            return True
        if self._ends_list(mark):
            return True
        # `一、基础篇` in front of the next question is a chapter without heading marks
        ahead = self._follower.get(at) in self._selection.questions
        title = len(mark.body) <= 30 and not mark.body.endswith(("。", "；", "！", "，", "："))
        return bool(self._question) and not mark.level and mark.label in ("cn", "part") and ahead and title

    def _ends_list(self, mark: Mark) -> bool:
        """Whether a list item right behind a question that is one too stands above it, or beside it in its numbers."""
        asked = self._asked
        if asked is None or not (asked.bullet and mark.bullet) or asked.level or _trim(self._body, answer=True):
            return False
        beside = mark.indent == asked.indent and mark.label == asked.label and bool(mark.number)
        return mark.indent < asked.indent or (beside and before(mark.number) == asked.number)

    def _open(self, line: Line, mark: Mark) -> None:
        self._close()
        if 1 <= mark.level <= 6:
            self._path = [entry for entry in self._path if entry[0] < mark.level]
        self._asked = mark
        self._question, rest = _split_line(mark)
        self._line_no, self._level = line.no, mark.level
        if rest:
            self._body.append(Line(line.no, rest, "prose"))

    def _leave_list(self, at: int) -> None:
        """Behind the last question of a bare list: text that is not indented belongs to no question."""
        following = self._lines[at + 1 : at + 3]
        if not any(line.text[:1].isspace() and line.text.strip() for line in following):
            self._leave()

    def _leave(self) -> None:
        self._close()
        self._question, self._line_no, self._level = "", 0, 0
        self._asked = None

    def _enter(self, mark: Mark) -> None:
        self._leave()
        level = mark.level or 7 + min(mark.indent, 20)
        if mark.body:
            self._path = [*(entry for entry in self._path if entry[0] < level), (level, mark.body)]

    def _close(self) -> None:
        kept = _trim(self._body, bool(self._question))
        if self._question or kept:
            headings = tuple(title for _, title in self._path)
            self._blocks.append(Block(self._question, self._line_no or kept[0].no, headings, tuple(kept)))
        self._body = []


def _split_line(mark: Mark) -> tuple[str, str]:
    """Return the question and what stands behind it on the same line."""
    rest = mark.rest.strip()
    if rest.strip(" 。.:：,，*"):
        if not seems_to_ask(mark.body):
            return f"{mark.body} {rest}", ""
        return mark.body, _without_label(rest).lstrip("：: ").strip()
    if not mark.level:
        match = _SAME_LINE.search(mark.body) if len(mark.body) <= 2000 else None
        if match and match.end() < len(mark.body):
            return mark.body[: match.start() + 1], mark.body[match.end() :].strip()
    return mark.body, ""


def _without_label(text: str) -> str:
    """Cut `答：`, `**A:**` and the like off the start of an answer."""
    bare = text.lstrip()
    label = _ANSWER_LABEL.match(bare[:80])
    return bare[label.end() :] if label else text


def _is_empty(line: Line) -> bool:
    return line.kind == "blank" or (line.prose and bool(_RULE.match(line.text)))


def _trim(body: list[Line], answer: bool) -> list[Line]:
    """Drop blank lines and rules at both ends, and the label of the answer (`答：`)."""
    start, end = 0, len(body)
    while start < end and _is_empty(body[start]):
        start += 1
    while end > start and _is_empty(body[end - 1]):
        end -= 1
    kept = body[start:end]
    if answer and kept and kept[0].prose:
        text = _without_label(kept[0].text)
        if not text.strip():
            return _trim(kept[1:], answer=False)
        kept[0] = Line(kept[0].no, text, "prose")
    return kept
