"""Clean lines → questions and the text that belongs to none. Knows marks in front of lines, no files and no passages.

A line is a question because of its wording and of its siblings: lines of one style (heading level, number, list mark)
are judged together. Heavy styles (headings, bold lines, `问题1、`, `Q:`, `<summary>`) are judged first; lists and
numbered lines only where no heavy question is open, since there they are the enumeration of an answer.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from coach.corpus.lines import Line
from coach.corpus.marks import Mark, asks, seems_a_topic, seems_to_ask, take_apart

_ANSWER_LABEL = re.compile(
    r"^\s*(?:[-*]\s+)?(?:\*\*|__)?\s*[【\[]?\s*(?:参考答案|标准答案|参考回答|示例回答|回答要点|答案解析|答案|回答|解答|解析|答|Answer|Ans|A)"
    r"\s*\d{0,3}\s*[】\]]?\s*(?:\*\*|__)?\s*[:：]\s*(?:\*\*|__)?[ \t]*",
    re.IGNORECASE,
)
_ANSWER_BRACKET = re.compile(r"^\s*(?:\*\*)?[【\[](?:参考答案|答案|回答|解答|解析|答|A)[】\]](?:\*\*)?[ \t]*")
_ANSWER_HEADING = re.compile(
    r"^(?:参考)?(?:答案|回答|解答|解析|答|思路|要点|answer|solution|a)\s*[:：]?$", re.IGNORECASE
)
_NOT_QUESTION = re.compile(
    r"^(?:总结|小结|结语|结论|前言|引言|导读|背景|概述|目录|参考|附录|写在|后记|更新|致谢|相关|推荐|延伸|扩展|补充|说明|示例|例子|注意|Summary|"
    r"References?|Conclusion|Introduction|Table of contents|Contents|FAQ)",
    re.IGNORECASE,
)
_SAME_LINE = re.compile(
    r"[?？]\s*(?:\*\*)?\s*(?:(?:答案|回答|答|Answer|A)\s*[:：]\s*|(?=[^?？]{10,}[。.!！;；]\s*$))", re.IGNORECASE
)
_LIGHT = ("dec", "bare", "sec", "paren", "cnparen", "cn", "circled", "part", "")


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


@dataclass(frozen=True, slots=True)
class _Item:
    """A line of prose with its marks; `at` is its index among the lines."""

    at: int
    mark: Mark

    @property
    def heading(self) -> bool:
        return 1 <= self.mark.level <= 6


def find_questions(lines: Sequence[Line]) -> list[Block]:
    """Return the questions and the other texts of an article, in order."""
    items = [_Item(at, take_apart(line.text)) for at, line in enumerate(lines) if line.prose]
    chosen = _choose_heavy(items)
    chosen |= _choose_light(items, chosen, lines)
    chosen = chosen or _choose_plain(items, lines)
    return _assemble(lines, items, chosen)


def _groups(items: Iterable[_Item]) -> list[list[_Item]]:
    groups: dict[object, list[_Item]] = defaultdict(list)
    for item in items:
        groups[item.mark.style].append(item)
    return list(groups.values())


def _share(group: Sequence[_Item]) -> float:
    return sum(1 for item in group if seems_to_ask(item.mark.body)) / len(group)


def _choose_heavy(items: Sequence[_Item]) -> set[int]:
    """Headings, summaries, explicit labels, then bold lines outside of questions chosen by headings."""
    chosen: set[int] = set()
    headings = [item for item in items if item.heading]
    titles = [item for item in headings if item.mark.level == 1]
    title = titles[0] if len(titles) == 1 and headings[0] is titles[0] and len(headings) > 1 else None
    for group in _groups(item for item in headings if item is not title):
        chosen |= _siblings(group)
    parents = {
        first.at
        for first, second in pairwise(headings)
        if second.mark.level > first.mark.level and second.at in chosen and not asks(first.mark.body)
    }
    chosen -= parents
    chosen |= {item.at for item in items if item.mark.level == 8 and item.mark.body}
    open_at = _regions(items, chosen)
    labelled = [item for item in items if item.mark.label == "ask" and not item.heading and item.mark.body]
    for group in _groups(item for item in labelled if not open_at(item.at)):
        if _share(group) >= 0.3 or (len(group) >= 3 and len({item.mark.number for item in group}) >= 3):
            chosen |= {item.at for item in group}
    open_at = _regions(items, chosen)
    bold = [item for item in items if item.mark.bold and not item.heading and not item.mark.bullet]
    for group in _groups(item for item in bold if not open_at(item.at)):
        chosen |= _siblings(group)
    return chosen


def _siblings(group: Sequence[_Item]) -> set[int]:
    """Which lines of one style are questions: those that ask; if most seem to ask, topics among them too."""
    share = _share(group)
    found = set()
    for item in group:
        body = item.mark.body
        if not body or _NOT_QUESTION.match(body):
            continue
        if (
            asks(body)
            or item.mark.label == "ask"
            or (share >= 0.5 and len(group) > 1 and seems_to_ask(body))
            or (share >= 0.5 and len(group) > 2 and seems_a_topic(body))
        ):
            found.add(item.at)
    return found


class _Regions:
    """Tells whether a question is open at a line."""

    def __init__(self, starts: list[int], ends: list[int]) -> None:
        self._starts, self._ends = starts, ends

    def __call__(self, at: int) -> bool:
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and self._starts[index] < at < self._ends[index]


def _regions(items: Sequence[_Item], chosen: set[int]) -> _Regions:
    starts: list[int] = []
    ends: list[int] = []
    level = 0
    for item in items:
        if item.at in chosen or (item.heading and len(starts) > len(ends) and _closes(item.mark, level)):
            if len(starts) > len(ends):
                ends.append(item.at)
            if item.at in chosen:
                starts.append(item.at)
                level = item.mark.level
    ends.extend([items[-1].at + 1] * (len(starts) - len(ends)) if items else [])
    return _Regions(starts, ends)


def _closes(heading: Mark, level: int) -> bool:
    """Whether a heading that is no question ends the answer of a question of this level."""
    if _ANSWER_HEADING.match(heading.body):
        return False
    return heading.level <= level if 1 <= level <= 6 else True


def _choose_light(items: Sequence[_Item], heavy: set[int], lines: Sequence[Line]) -> set[int]:
    """Numbered lines and lists where no heavy question is open."""
    open_at = _regions(items, heavy)
    headings = [item.at for item in items if item.heading and item.mark.level > 1]
    start = headings[0] if len(headings) >= 2 else -1
    light = [
        item
        for item in items
        if not item.mark.level
        and (item.mark.label or item.mark.bullet)
        and item.mark.label in _LIGHT
        and item.at > start
        and not open_at(item.at)
    ]
    chosen: set[int] = set()
    for group in _groups(light):
        if group[0].mark.number:
            chosen |= _chains(group)
        elif len(group) > 1:
            for run in _runs(group, lines):
                if _share(run) >= 0.6 and sum(asks(item.mark.body) for item in run) >= 2:
                    chosen |= {item.at for item in run if seems_to_ask(item.mark.body)}
    return chosen


def _runs(group: Sequence[_Item], lines: Sequence[Line]) -> list[list[_Item]]:
    """Cut a group where a heading or a paragraph without indent stands between two list items."""
    runs: list[list[_Item]] = []
    for item in group:
        between = lines[runs[-1][-1].at + 1 : item.at] if runs else []
        if runs and all(line.kind != "prose" or line.text[:1].isspace() for line in between):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _chains(group: Sequence[_Item]) -> set[int]:
    """Numbered lines: those that ask, and those whose numbers fill the gaps between them."""
    asking = [seems_to_ask(item.mark.body) for item in group]
    strong = sum(asks(item.mark.body) for item in group)
    count = sum(asking)
    if not count or (count == 1 and not strong) or (not strong and count / len(group) < 0.6):
        return set()
    chosen = {i for i, asked in enumerate(asking) if asked and (count / len(group) >= 0.5 or asks(group[i].mark.body))}
    known = sorted(chosen)
    for first, second in pairwise(known):
        want = _before(group[second].mark.number)
        for i in range(second - 1, first, -1):
            if group[i].mark.number == want and _follows(group[first].mark.number, want) and _short(group[i]):
                chosen.add(i)
                want = _before(want)
    if count / len(group) >= 0.5:
        last = known[-1]
        for i in range(last + 1, len(group)):
            if _before(group[i].mark.number) == group[i - 1].mark.number and _short(group[i]):
                chosen.add(i)
            else:
                break
        for i in range(known[0] - 1, -1, -1):
            if _before(group[i + 1].mark.number) == group[i].mark.number and _short(group[i]):
                chosen.add(i)
            else:
                break
    return {group[i].at for i in chosen}


def _before(number: tuple[int, ...]) -> tuple[int, ...]:
    return (*number[:-1], number[-1] - 1)


def _follows(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    return first[:-1] == second[:-1] and first < second


def _short(item: _Item) -> bool:
    return 2 <= len(item.mark.body) <= 80 and not item.mark.body.endswith((";", "；", "，"))


def _choose_plain(items: Sequence[_Item], lines: Sequence[Line]) -> set[int]:
    """In an article without any other question: short lines of their own that end with a question mark."""
    asking = [
        item
        for item in items
        if item.mark.indent == 0
        and len(item.mark.body) <= 60
        and asks(item.mark.body)
        and (item.heading or not item.mark.bullet)
    ]
    if len(asking) == 1 and not asking[0].heading and asking[0] is not items[0]:
        return set()
    return {item.at for item in asking}


def _assemble(lines: Sequence[Line], items: Sequence[_Item], chosen: set[int]) -> list[Block]:
    marks = {item.at: item.mark for item in items}
    follower = {item.at: nxt.at for item, nxt in pairwise(items)}
    blocks: list[Block] = []
    path: list[tuple[int, str]] = []
    question, line_no, body = "", 0, list[Line]()
    level = 0

    def close() -> None:
        kept = _trim(body)
        if question or kept:
            headings = tuple(title for _, title in path)
            blocks.append(Block(question, line_no or kept[0].no, headings, tuple(kept)))

    for at, line in enumerate(lines):
        mark = marks.get(at)
        if at in chosen and mark:
            close()
            if 1 <= mark.level <= 6:
                path = [entry for entry in path if entry[0] < mark.level]
            question, rest = _split_line(mark)
            line_no, level = line.no, mark.level
            body = [Line(line.no, rest, "prose")] if rest else []
            continue
        if mark and 1 <= mark.level <= 6 and (not question or _closes(mark, level)):
            close()
            path = [*(entry for entry in path if entry[0] < mark.level), (mark.level, mark.body)]
            question, line_no, body, level = "", 0, [], 0
            continue
        if mark and question and not mark.level and mark.label in ("cn", "part") and follower.get(at) in chosen:
            close()  # `一、基础篇` in front of the next question is a chapter without heading marks
            path = [*(entry for entry in path if entry[0] < 7), (7, mark.body)]
            question, line_no, body, level = "", 0, [], 0
            continue
        body.append(line)
    close()
    return blocks


def _split_line(mark: Mark) -> tuple[str, str]:
    """Return the question and what stands behind it on the same line."""
    if mark.rest.strip(" 。.:：,，*"):
        rest = _ANSWER_LABEL.sub("", mark.rest, count=1)
        return mark.body, rest.strip()
    if not mark.level:
        match = _SAME_LINE.search(mark.body)
        if match and match.end() < len(mark.body):
            cut = match.start() + 1
            return mark.body[:cut], mark.body[match.end() :].strip()
    return mark.body, ""


def _trim(body: list[Line]) -> list[Line]:
    """Drop blank lines at both ends and the label of the answer (`答：`)."""
    start, end = 0, len(body)
    while start < end and body[start].kind == "blank":
        start += 1
    while end > start and body[end - 1].kind == "blank":
        end -= 1
    kept = body[start:end]
    if kept and kept[0].prose:
        text = _ANSWER_BRACKET.sub("", _ANSWER_LABEL.sub("", kept[0].text, count=1), count=1)
        if text != kept[0].text:
            if text.strip():
                kept[0] = Line(kept[0].no, text, "prose")
            else:
                return _trim(kept[1:])
    return kept
