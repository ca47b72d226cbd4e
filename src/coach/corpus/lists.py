"""Which numbered lines and list items are questions, where no heading, label or bold line already is one."""

import re
from collections.abc import Sequence
from itertools import pairwise

from coach.corpus.items import Item, before, groups, is_short, is_term, regions, share
from coach.corpus.lines import Line
from coach.corpus.marks import Mark, asks, seems_a_topic, seems_to_ask

_QUOTED = re.compile(r"^[“\"「『'‘].*[”\"」』'’][。；;，,]?$")
_CONTENTS_LEAD = re.compile(
    r"(?:这篇|本文|文章|全文|讲清楚|搞懂|搞明白|弄懂|覆盖|主要(?:内容|看|讲)|主线|阅读|学完|你将|你会|涵盖|展开|还会继续|这样回答|"
    r"this (?:article|post)|cover|you will learn).{0,40}[:：]\s*\**$",
    re.IGNORECASE,
)
_QUESTIONS_LEAD = re.compile(
    r"(?:面试官|高频|面试题|常问|会问|考题|真题|常考|开放题|interviewers?)[^。，,]{0,12}[:：]\s*\**$", re.IGNORECASE
)
"""Announces questions, even inside an answer."""
_OTHER_LEAD = re.compile(r"^[^题问考]*[:：]\s*\**$")
"""Announces a list, and not of questions."""
_LIGHT = ("dec", "bare", "sec", "paren", "cnparen", "cn", "circled", "part", "")


def choose_lists(
    items: Sequence[Item], heavy: set[int], lines: Sequence[Line], chapters: set[int], *, interview: bool
) -> set[int]:
    """Numbered lines and lists where no heavy question is open."""
    open_at = regions(items, heavy)
    contents = _contents(items, heavy)
    announced = _led(items, _QUESTIONS_LEAD)
    told = _led(items, _OTHER_LEAD)
    light = [
        item
        for item in items
        if not item.mark.level
        and (item.mark.label or item.mark.bullet)
        and item.mark.label in _LIGHT
        and item.at not in contents
        and item.at not in heavy
        and (item.at in announced or not open_at(item.at))
        and not _QUOTED.match(item.mark.body)
        and not is_term(item)
        and (interview or item.at not in told)
    ]
    chosen: set[int] = set()
    for group in groups(item for item in light if item.mark.number):
        chosen |= _chains(group) or (_counted(group) if interview else set())
    after_heading = {two.at for one, two in pairwise(items) if one.heading}
    before_heading = {one.at for one, two in pairwise(items) if two.heading}
    for run in _runs(light, lines):
        if len(run) == 1 and run[0].at in after_heading & before_heading and asks(run[0].mark.body):
            chosen.add(run[0].at)
        leaves = [item for item in run if item.at not in chapters]
        if len(leaves) >= 2 and share(leaves) >= 0.5 and sum(asks(item.mark.body) for item in leaves) >= 2:
            chosen |= {item.at for item in leaves if seems_to_ask(item.mark.body)}
            for group in groups(item for item in leaves if item.mark.number):
                chosen |= _chains(group)
        if is_question_list([item.mark for item in leaves], interview=interview):
            chosen |= {item.at for item in leaves if is_short(item)}
    return chosen - chapters


def is_question_list(marks: Sequence[Mark], *, interview: bool = False) -> bool:
    """Whether a list numbered 1, 2, 3 … is one of interview questions noted in few words: they ask or name topics.

    In the notes of an interview fewer have to ask, and the list may be of bullets.
    """
    if len(marks) < 3:
        return False
    numbers = [mark.number for mark in marks]
    if all(numbers):
        counts = numbers[0][-1] <= 1 and all(before(two) == one for one, two in pairwise(numbers))
    else:
        counts = interview and not any(numbers)
    explained = sum(
        1 for mark in marks if mark.rest or mark.body.endswith("。") or ("：" in mark.body and not asks(mark.body))
    )
    if explained > 0.4 * len(marks):
        return False
    asking = sum(1 for mark in marks if seems_to_ask(mark.body))
    either = sum(1 for mark in marks if seems_to_ask(mark.body) or seems_a_topic(mark.body))
    if not counts or asking < 2 or either < (0.5 if interview else 0.6) * len(marks):
        return False
    return interview or any(asks(mark.body) for mark in marks) or asking >= 0.8 * len(marks)


def list_parents(items: Sequence[Item]) -> set[int]:
    """List items that do not ask, with deeper items right below them that do."""
    found = set()
    for first, second in pairwise(items):
        deeper = first.listed and second.listed and second.mark.indent > first.mark.indent
        if deeper and not asks(first.mark.body) and asks(second.mark.body):
            found.add(first.at)
    return found


def bare_ends(items: Sequence[Item], chosen: set[int], lines: Sequence[Line]) -> set[int]:
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


def _led(items: Sequence[Item], lead: re.Pattern[str]) -> set[int]:
    """List items behind a line of a kind, such as `高频面试题：`."""
    found: set[int] = set()
    told = False
    for item in items:
        if not item.listed:
            told = not item.heading and bool(lead.search(item.mark.body[-80:]))
        elif told:
            found.add(item.at)
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
        want = before(group[second].mark.number)
        first_ends = group[first].mark.number >= group[second].mark.number  # the numbers start again behind it
        for i in range(second - 1, first, -1):
            number = group[i].mark.number
            follows = group[first].mark.number < number or (first_ends and number[-1] == 1)
            if number == want and follows and is_short(group[i]):
                chosen.add(i)
                want = before(want)
    if most and known:
        chosen |= _extend(group, range(known[-1] + 1, len(group)), -1)
        chosen |= _extend(group, range(known[0] - 1, -1, -1), 1)
    return {group[i].at for i in chosen}


def _counted(group: Sequence[Item]) -> set[int]:
    """In the notes of an interview: lines 1, 2, 3 … that ask or name topics, with other numbers only in between."""
    found: list[Item] = []
    for item in group:
        body = item.mark.body
        fits = (
            item.mark.number == (len(found) + 1,) and is_short(item) and not body.endswith("。") and not item.mark.rest
        )
        if fits and (seems_to_ask(body) or (found and seems_a_topic(body))):
            found.append(item)
    asking = sum(1 for item in found if seems_to_ask(item.mark.body))
    return {item.at for item in found} if asking >= 2 and asking >= 0.5 * len(found) else set()


def _extend(group: Sequence[Item], places: range, towards: int) -> set[int]:
    """Neighbours of the first or last known question, as long as the numbers go on."""
    found = set()
    for i in places:
        one, other = group[i].mark.number, group[i + towards].mark.number
        if not (before(one) == other if towards < 0 else before(other) == one) or not is_short(group[i]):
            break
        found.add(i)
    return found
