"""Tables whose columns are questions and answers."""

import re
from collections.abc import Sequence

from coach.corpus.lines import Line

_QUESTION = re.compile(r"^(?:面试)?(?:问题|题目|考题|题|questions?|q)$", re.IGNORECASE)
_ANSWER = re.compile(r"^(?:参考|标准)?(?:答案|回答|解答|解析|answer|a)$", re.IGNORECASE)
_BORDER = re.compile(r"(?<!\\)\|")


def question_rows(table: Sequence[Line]) -> list[tuple[int, str, str]]:
    """Return line number, question and answer of each row; [] if the header does not name both columns."""
    names = [name.strip("* ") for name in _cells(table[0].text)]
    asked = next((place for place, name in enumerate(names) if _QUESTION.match(name)), None)
    answered = next((place for place, name in enumerate(names) if _ANSWER.match(name)), None)
    if asked is None or answered is None:
        return []
    rows = []
    for line in table[2:]:
        cells = _cells(line.text)
        if len(cells) > max(asked, answered) and cells[asked]:
            rows.append((line.no, cells[asked].strip("*"), cells[answered]))
    return rows


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in _BORDER.split(row.strip().strip("|"))]
