"""Lines with their marks and how they stand to each other: styles, numbers, open questions. Chooses nothing."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coach.corpus.marks import Mark, seems_to_ask

_ANSWER_HEADING = re.compile(
    r"^(?:参考)?(?:答案|回答|解答|解析|答|思路|要点|answer|solution|a)\s*[:：]?$", re.IGNORECASE
)
NOT_QUESTION = re.compile(
    r"^(?:总结|小结|结语|结论|前言|引言|导读|背景(?:介绍|知识)?|概述|目录|参考\S{0,8}|附录\S{0,4}|写在\S{0,6}|"
    r"后记|更新(?:日志|记录)?|致谢|说明|示例(?:代码)?|例子|注意(?:事项|点)?|答案|"
    r"(?:相关|推荐|延伸|扩展|补充)(?:阅读|链接|文章|资料|专题|说明|材料)?|Summary|"
    r".{0,12}(?:建议|小结|总结|案例)|"
    r"References?.{0,12}|Conclusions?|Introduction|Table of contents|Contents|FAQ)\s*[:：]?$",
    re.IGNORECASE,
)


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


def closes(heading: Mark, level: int) -> bool:
    """Whether a heading that is no question ends the answer of a question of this level."""
    if _ANSWER_HEADING.match(heading.body):
        return False
    return heading.level <= level if 1 <= level <= 6 else True


def groups(items: Iterable[Item]) -> list[list[Item]]:
    """Put lines of one style together."""
    groups: dict[object, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.mark.style].append(item)
    return list(groups.values())


def share(group: Sequence[Item]) -> float:
    """Share of the lines that ask by their wording."""
    return sum(1 for item in group if seems_to_ask(item.mark.body)) / len(group) if group else 0.0


def before(number: tuple[int, ...]) -> tuple[int, ...]:
    """The number in front of this one: (3, 2) → (3, 1)."""
    return (*number[:-1], number[-1] - 1)


def is_short(item: Item) -> bool:
    """Whether the line could name a question: short, and no title such as 总结."""
    body = item.mark.body
    return 2 <= len(body) <= 80 and not body.endswith((";", "；", "，", "篇", "部分")) and not NOT_QUESTION.match(body)


def is_term(item: Item) -> bool:
    """Whether the line explains a bold term: `**词表**：…`."""
    return item.mark.bold and item.mark.rest.startswith(("：", ":"))


class Regions:
    """Tells whether a question is open at a line."""

    def __init__(self, starts: list[int], ends: list[int]) -> None:
        self._starts, self._ends = starts, ends

    def __call__(self, at: int) -> bool:
        """Whether a question is open at this line."""
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and self._starts[index] < at < self._ends[index]


def regions(items: Sequence[Item], chosen: set[int]) -> Regions:
    """Where the questions chosen so far have their answers."""
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
    return Regions(starts, ends)
