"""Which lines of an article are questions. Knows marks in front of lines and wording; builds no answers.

A line is a question because of its wording and of its siblings: lines of one style (heading level, number, list mark)
are judged together. Heavy styles (headings, bold lines, `问题1、`, `Q:`, `<summary>`) are judged first; lists and
numbered lines only where no heavy question is open, since there they are the enumeration of an answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from coach.corpus.items import NOT_QUESTION, Item, before, groups, is_short, is_term, regions, share
from coach.corpus.lines import Line
from coach.corpus.lists import bare_ends, choose_lists, list_parents
from coach.corpus.marks import asks, plainly_asks, seems_a_topic, seems_to_ask

_LOG = re.compile(
    r"面试题|八股|面经|凉经|面试(?:记录|复盘|经历|问题)|[一二三四五终1-5]面|笔试|技术面|主管面|HR\s*面", re.IGNORECASE
)
_INTERVIEW = re.compile(
    r"面试|面经|真题|八股|题库|问答|笔试|问题|interview|questions?|faq|q\s*&\s*a|exercises", re.IGNORECASE
)


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
    chapters = list_parents(items)
    heavy -= chapters
    log = any(_LOG.search(text) for text in (title, items[0].mark.body if items else ""))
    light = choose_lists(items, heavy, lines, chapters, interview=log)
    chosen = heavy | light
    if not chosen:
        chosen = _choose_plain(items)
    used = {at for at in chapters if at not in chosen}
    return Selection(frozenset(chosen), frozenset(used), frozenset(bare_ends(items, chosen, lines)))


def _choose_heavy(items: Sequence[Item], title: str) -> set[int]:
    """Headings, summaries, explicit labels, then bold lines outside of questions chosen by headings."""
    chosen: set[int] = set()
    headings = [item for item in items if item.heading]
    top = [item for item in headings if item.mark.level == 1]
    head = top[0] if len(top) == 1 and headings[0] is top[0] and len(headings) > 1 else None
    parents = {
        one.at for one, two in pairwise(items) if one.heading and two.heading and two.mark.level > one.mark.level
    }
    for group in groups(item for item in headings if item is not head):
        chosen |= _siblings(group, parents)
    for chapter in _chapters(headings):
        for group in groups(item for item in chapter if item is not head):
            chosen |= _siblings(group, parents) if len(group) >= 3 else set()
    chosen -= {
        first.at
        for first, second in pairwise(headings)
        if second.mark.level > first.mark.level and second.at in chosen and not asks(first.mark.body)
    }
    chosen |= {item.at for item in items if item.mark.level == 8 and item.mark.body}
    open_at = regions(items, chosen)
    labelled = [i for i in items if i.mark.label in ("ask", "emoji") and not i.heading and i.mark.body]
    for group in groups(item for item in labelled if not open_at(item.at)):
        numbers = {item.mark.number for item in group}
        if share(group) >= 0.3 or (len(group) >= 3 and len(numbers) >= 3 and group[0].mark.label == "ask"):
            chosen |= {item.at for item in group}
    open_at = regions(items, chosen)
    bold = [item for item in items if item.mark.bold and not item.heading and not item.mark.bullet]
    interview = bool(_INTERVIEW.search(title))
    for group in groups(item for item in bold if not open_at(item.at)):
        found = _siblings(group, set())
        if not found and interview and _counts_up(group):
            found = {item.at for item in group}
        chosen |= found
    return chosen


def _siblings(group: Sequence[Item], parents: set[int]) -> set[int]:
    """Which lines of one style are questions: those that ask; if most seem to ask, topics among them too."""
    asked = share(group)
    found = set()
    for place, item in enumerate(group):
        body = item.mark.body
        if not body or (not asks(body) and (NOT_QUESTION.match(body) or is_term(item))):
            continue
        around = group[max(0, place - 1) : place + 2]
        near = any(_next_to(item, other) and seems_to_ask(other.mark.body) for other in around)
        topic = item.at not in parents and is_short(item)
        if (
            asks(body)
            or item.mark.label == "ask"
            or (item.heading and plainly_asks(body))
            or (asked >= 0.5 and len(group) > 1 and seems_to_ask(body))
            or (asked >= 0.5 and len(group) > 2 and topic and seems_a_topic(body))
            or (asked >= 0.7 and topic and near)
            or (asked >= 0.9 and topic and len(group) >= 8)
        ):
            found.add(item.at)
    return found


def _chapters(headings: Sequence[Item]) -> list[list[Item]]:
    """Headings of one level that stand under the same heading above."""
    found: list[list[Item]] = []
    open_lists: dict[int, list[Item]] = {}
    for item in headings:
        for level in [level for level in open_lists if level > item.mark.level]:
            del open_lists[level]
        if item.mark.level not in open_lists:
            open_lists[item.mark.level] = []
            found.append(open_lists[item.mark.level])
        open_lists[item.mark.level].append(item)
    return found


def _next_to(item: Item, other: Item) -> bool:
    """Whether the numbers of two lines follow each other."""
    one, two = item.mark.number, other.mark.number
    return bool(one and two) and (before(one) == two or before(two) == one)


def _counts_up(group: Sequence[Item]) -> bool:
    """Whether the numbers of a group are 1, 2, 3 … at least to five, starting again at most at a fifth of them."""
    numbers = [item.mark.number for item in group]
    if len(numbers) < 5 or not all(numbers) or any(is_term(item) for item in group):
        return False
    steps = sum(1 for first, second in pairwise(numbers) if before(second) == first)
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
