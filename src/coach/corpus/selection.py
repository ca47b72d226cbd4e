"""Which lines of an article are questions. Knows marks in front of lines and wording; builds no answers.

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
from coach.corpus.marks import Mark, asks, plainly_asks, seems_a_topic, seems_to_ask

_ANSWER_HEADING = re.compile(
    r"^(?:参考)?(?:答案|回答|解答|解析|答|思路|要点|answer|solution|a)\s*[:：]?$", re.IGNORECASE
)
_NOT_QUESTION = re.compile(
    r"^(?:总结|小结|结语|结论|前言|引言|导读|背景(?:介绍|知识)?|概述|目录|参考\S{0,8}|附录\S{0,4}|写在\S{0,6}|后记|更新(?:日志|记录)?|致谢|"
    r"(?:相关|推荐|延伸|扩展|补充)(?:阅读|链接|文章|资料|专题|说明|材料)?|说明|示例(?:代码)?|例子|注意(?:事项|点)?|答案|Summary|"
    r"References?.{0,12}|Conclusions?|Introduction|Table of contents|Contents|FAQ)\s*[:：]?$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^[“\"「『'‘].*[”\"」』'’][。；;，,]?$")
_CONTENTS_LEAD = re.compile(
    r"(?:这篇|本文|文章|全文|讲清楚|搞懂|搞明白|弄懂|覆盖|主要(?:内容|看|讲)|主线|阅读|学完|你将|你会|涵盖|展开|还会继续|这样回答|"
    r"this (?:article|post)|cover|you will learn).{0,40}[:：]\s*\**$",
    re.IGNORECASE,
)
_INTERVIEW = re.compile(
    r"面试|面经|真题|八股|题库|问答|笔试|问题|interview|questions?|faq|q\s*&\s*a|exercises", re.IGNORECASE
)
_LIGHT = ("dec", "bare", "sec", "paren", "cnparen", "cn", "circled", "part", "")


@dataclass(frozen=True, slots=True)
class Item:
    """A line of prose with its marks; `at` is its index among the lines."""

    at: int
    mark: Mark

    @property
    def heading(self) -> bool:
        """Whether the line is a heading of level 1–6."""
        return 1 <= self.mark.level <= 6

    @property
    def listed(self) -> bool:
        """Whether the line is a list item or numbered, outside of headings."""
        return not self.mark.level and (self.mark.bullet or bool(self.mark.number))


@dataclass(frozen=True, slots=True)
class Selection:
    """What was found: indices of question lines, of list items that are chapters, and of bare question lists.

    Attributes:
        questions: Lines that are questions.
        chapters: List items that only introduce the questions below them.
        bare: Last items of lists whose other items have no answers; text behind such a list is no answer either.
    """

    questions: frozenset[int]
    chapters: frozenset[int]
    bare: frozenset[int]


def select(items: Sequence[Item], lines: Sequence[Line], title: str) -> Selection:
    """Choose the questions among the lines of prose."""
    heavy = _choose_heavy(items, title)
    heavy -= _empty_headings(items, heavy)
    chapters = _list_parents(items)
    heavy -= chapters
    light = _choose_light(items, heavy, lines, chapters)
    chosen = heavy | light
    if not chosen:
        chosen = _choose_plain(items)
    used = {at for at in chapters if at not in chosen}
    return Selection(frozenset(chosen), frozenset(used), frozenset(_bare_ends(items, chosen, lines)))


def closes(heading: Mark, level: int) -> bool:
    """Whether a heading that is no question ends the answer of a question of this level."""
    if _ANSWER_HEADING.match(heading.body):
        return False
    return heading.level <= level if 1 <= level <= 6 else True


def _groups(items: Iterable[Item]) -> list[list[Item]]:
    groups: dict[object, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.mark.style].append(item)
    return list(groups.values())


def _share(group: Sequence[Item]) -> float:
    return sum(1 for item in group if seems_to_ask(item.mark.body)) / len(group) if group else 0.0


def _choose_heavy(items: Sequence[Item], title: str) -> set[int]:
    """Headings, summaries, explicit labels, then bold lines outside of questions chosen by headings."""
    chosen: set[int] = set()
    headings = [item for item in items if item.heading]
    top = [item for item in headings if item.mark.level == 1]
    head = top[0] if len(top) == 1 and headings[0] is top[0] and len(headings) > 1 else None
    parents = {
        one.at for one, two in pairwise(items) if one.heading and two.heading and two.mark.level > one.mark.level
    }
    for group in _groups(item for item in headings if item is not head):
        chosen |= _siblings(group, parents)
    chosen -= {
        first.at
        for first, second in pairwise(headings)
        if second.mark.level > first.mark.level and second.at in chosen and not asks(first.mark.body)
    }
    chosen |= {item.at for item in items if item.mark.level == 8 and item.mark.body}
    open_at = _regions(items, chosen)
    labelled = [i for i in items if i.mark.label in ("ask", "emoji") and not i.heading and i.mark.body]
    for group in _groups(item for item in labelled if not open_at(item.at)):
        numbers = {item.mark.number for item in group}
        if _share(group) >= 0.3 or (len(group) >= 3 and len(numbers) >= 3 and group[0].mark.label == "ask"):
            chosen |= {item.at for item in group}
    open_at = _regions(items, chosen)
    bold = [item for item in items if item.mark.bold and not item.heading and not item.mark.bullet]
    interview = bool(_INTERVIEW.search(title))
    for group in _groups(item for item in bold if not open_at(item.at)):
        found = _siblings(group, set())
        if not found and interview and _counts_up(group):
            found = {item.at for item in group}
        chosen |= found
    return chosen


def _siblings(group: Sequence[Item], parents: set[int]) -> set[int]:
    """Which lines of one style are questions: those that ask; if most seem to ask, topics among them too."""
    share = _share(group)
    found = set()
    for place, item in enumerate(group):
        body = item.mark.body
        if not body or (not asks(body) and (_NOT_QUESTION.match(body) or _is_term(item))):
            continue
        around = group[max(0, place - 1) : place + 2]
        near = any(_next_to(item, other) and seems_to_ask(other.mark.body) for other in around)
        topic = item.at not in parents and _short(item)
        if (
            asks(body)
            or item.mark.label == "ask"
            or (item.heading and plainly_asks(body))
            or (share >= 0.5 and len(group) > 1 and seems_to_ask(body))
            or (share >= 0.5 and len(group) > 2 and topic and seems_a_topic(body))
            or (share >= 0.7 and topic and near)
            or (share >= 0.9 and topic and len(group) >= 8)
        ):
            found.add(item.at)
    return found


def _next_to(item: Item, other: Item) -> bool:
    """Whether the numbers of two lines follow each other."""
    one, two = item.mark.number, other.mark.number
    return bool(one and two) and (_before(one) == two or _before(two) == one)


def _is_term(item: Item) -> bool:
    """Whether the line explains a bold term: `**词表**：…`."""
    return item.mark.bold and item.mark.rest.startswith(("：", ":"))


def _counts_up(group: Sequence[Item]) -> bool:
    """Whether the numbers of a group are 1, 2, 3 … at least to five, starting again at most at a fifth of them."""
    numbers = [item.mark.number for item in group]
    if len(numbers) < 5 or not all(numbers) or any(_is_term(item) for item in group):
        return False
    steps = sum(1 for first, second in pairwise(numbers) if _before(second) == first)
    return numbers[0][-1] <= 1 and steps >= 0.8 * (len(numbers) - 1)


def _empty_headings(items: Sequence[Item], chosen: set[int]) -> set[int]:
    """Headings that ask but are titles of a list of questions: nothing else stands between them and the next one."""
    found = set()
    headings = [place for place, item in enumerate(items) if item.heading]
    for place, after in pairwise([*headings, len(items)]):
        below = items[place + 1 : after]
        asking = sum(1 for item in below if asks(item.mark.body))
        if items[place].at in chosen and all(item.listed for item in below) and asking >= max(2, 0.4 * len(below)):
            found.add(items[place].at)
    return found


class _Regions:
    """Tells whether a question is open at a line."""

    def __init__(self, starts: list[int], ends: list[int]) -> None:
        self._starts, self._ends = starts, ends

    def __call__(self, at: int) -> bool:
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and self._starts[index] < at < self._ends[index]


def _regions(items: Sequence[Item], chosen: set[int]) -> _Regions:
    starts: list[int] = []
    ends: list[int] = []
    level = 0
    for item in items:
        is_open = len(starts) > len(ends)
        if item.at in chosen or (is_open and item.heading and closes(item.mark, level)):
            if is_open:
                ends.append(item.at)
            if item.at in chosen:
                starts.append(item.at)
                level = item.mark.level
    ends.extend([items[-1].at + 1] * (len(starts) - len(ends)) if items else [])
    return _Regions(starts, ends)


def _list_parents(items: Sequence[Item]) -> set[int]:
    """List items that do not ask, with deeper items right below them that do."""
    found = set()
    for first, second in pairwise(items):
        deeper = first.listed and second.listed and second.mark.indent > first.mark.indent
        if deeper and not asks(first.mark.body) and asks(second.mark.body):
            found.add(first.at)
    return found


def _choose_light(items: Sequence[Item], heavy: set[int], lines: Sequence[Line], chapters: set[int]) -> set[int]:
    """Numbered lines and lists where no heavy question is open."""
    open_at = _regions(items, heavy)
    contents = _contents(items, heavy)
    light = [
        item
        for item in items
        if not item.mark.level
        and (item.mark.label or item.mark.bullet)
        and item.mark.label in _LIGHT
        and item.at not in contents
        and item.at not in heavy
        and not open_at(item.at)
        and not _QUOTED.match(item.mark.body)
    ]
    chosen: set[int] = set()
    for group in _groups(item for item in light if item.mark.number):
        chosen |= _chains(group)
    after_heading = {two.at for one, two in pairwise(items) if one.heading}
    before_heading = {one.at for one, two in pairwise(items) if two.heading}
    for run in _runs(light, lines):
        if len(run) == 1 and run[0].at in after_heading & before_heading and asks(run[0].mark.body):
            chosen.add(run[0].at)
        leaves = [item for item in run if item.at not in chapters]
        if len(leaves) >= 2 and _share(leaves) >= 0.5 and sum(asks(item.mark.body) for item in leaves) >= 2:
            chosen |= {item.at for item in leaves if seems_to_ask(item.mark.body)}
            for group in _groups(item for item in leaves if item.mark.number):
                chosen |= _chains(group)
        if is_question_list([item.mark for item in leaves]):
            chosen |= {item.at for item in leaves if _short(item)}
    return chosen - chapters


def is_question_list(marks: Sequence[Mark]) -> bool:
    """Whether a list numbered 1, 2, 3 … is one of interview questions noted in few words: they ask or name topics."""
    numbers = [mark.number for mark in marks]
    if len(marks) < 3 or not all(numbers) or numbers[0][-1] > 1:
        return False
    if any(_before(second) != first for first, second in pairwise(numbers)):
        return False
    asking = sum(1 for mark in marks if seems_to_ask(mark.body))
    either = sum(1 for mark in marks if seems_to_ask(mark.body) or seems_a_topic(mark.body))
    if asking < 2 or either < 0.6 * len(marks):
        return False
    return any(asks(mark.body) for mark in marks) or asking >= 0.8 * len(marks)


def _contents(items: Sequence[Item], heavy: set[int]) -> set[int]:
    """Lists in front of the first chapter that say what the article is going to tell."""
    found: set[int] = set()
    if sum(1 for item in items if item.heading and item.mark.level > 1) < 2:
        return found
    told = False
    for item in items:
        if (item.heading and item.mark.level > 1) or item.at in heavy:
            break
        if item.listed:
            if told:
                found.add(item.at)
        else:
            told = bool(_CONTENTS_LEAD.search(item.mark.body[-120:]))
    return found


def _runs(group: Sequence[Item], lines: Sequence[Line]) -> list[list[Item]]:
    """Cut list items into runs: only blank, indented or protected lines stand between the items of one run."""
    runs: list[list[Item]] = []
    for item in group:
        between = lines[runs[-1][-1].at + 1 : item.at] if runs else []
        if runs and all(line.kind != "prose" or line.text[:1].isspace() for line in between):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _chains(group: Sequence[Item]) -> set[int]:
    """Numbered lines: those that ask, and those whose numbers fill the gaps between them."""
    asking = [seems_to_ask(item.mark.body) for item in group]
    strong = sum(asks(item.mark.body) for item in group)
    count = sum(asking)
    most = count / len(group) >= 0.5
    if not count or (count == 1 and not strong) or (not strong and count / len(group) < 0.6):
        return set()
    chosen = {i for i, asked in enumerate(asking) if asked and (most or asks(group[i].mark.body))}
    known = sorted(chosen)
    for first, second in pairwise(known):
        want = _before(group[second].mark.number)
        first_ends = group[first].mark.number >= group[second].mark.number  # the numbers start again behind it
        for i in range(second - 1, first, -1):
            number = group[i].mark.number
            follows = group[first].mark.number < number or (first_ends and number[-1] == 1)
            if number == want and follows and _short(group[i]):
                chosen.add(i)
                want = _before(want)
    if most and known:
        chosen |= _extend(group, range(known[-1] + 1, len(group)), -1)
        chosen |= _extend(group, range(known[0] - 1, -1, -1), 1)
    return {group[i].at for i in chosen}


def _extend(group: Sequence[Item], places: range, towards: int) -> set[int]:
    """Neighbours of the first or last known question, as long as the numbers go on."""
    found = set()
    for i in places:
        one, other = group[i].mark.number, group[i + towards].mark.number
        if not (_before(one) == other if towards < 0 else _before(other) == one) or not _short(group[i]):
            break
        found.add(i)
    return found


def _before(number: tuple[int, ...]) -> tuple[int, ...]:
    return (*number[:-1], number[-1] - 1)


def _short(item: Item) -> bool:
    body = item.mark.body
    return 2 <= len(body) <= 80 and not body.endswith((";", "；", "，", "篇", "部分")) and not _NOT_QUESTION.match(body)


def _choose_plain(items: Sequence[Item]) -> set[int]:
    """In an article without any other question: short lines of their own that end with a question mark."""
    asking = [
        item
        for item in items
        if not item.mark.indent and len(item.mark.body) <= 60 and asks(item.mark.body) and not item.mark.bullet
    ]
    if len(asking) == 1 and not asking[0].heading and asking[0] is not items[0]:
        return set()
    return {item.at for item in asking}


def _bare_ends(items: Sequence[Item], chosen: set[int], lines: Sequence[Line]) -> set[int]:
    """Last questions of lists of at least three in which no question has an answer."""
    found = set()
    run: list[int] = []
    for item in items:
        if item.at in chosen and item.listed:
            bare = not run or all(line.kind == "blank" for line in lines[run[-1] + 1 : item.at])
            run = [*run, item.at] if bare else [item.at]
        elif run:
            if len(run) >= 3:
                found.add(run[-1])
            run = []
    if len(run) >= 3:
        found.add(run[-1])
    return found
