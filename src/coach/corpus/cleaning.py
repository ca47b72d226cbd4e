"""Drops what is not content from an article and records every dropped line. Knows lines and patterns.

Code, tables and formulas are never touched. A line that asks something is kept unless it stands in a table of contents.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from coach.corpus import rules
from coach.corpus.lines import Line
from coach.corpus.marks import Mark, asks, seems_to_ask, take_apart
from coach.records import DroppedLine

_SENTENCE = re.compile(r"[^。！!；;~～]*[。！!；;~～]*")
_LINK_ONLY = re.compile(
    r"^(?:\[[^\[\]]{1,200}\]\([^()\s]{1,600}(?:\([^()]*\)[^()\s]*)?\)|<?https?://\S+>?|[\s,，、|/·;；])+$"
)
_LINK_LABEL = re.compile(
    r"^\**(?:项目地址|在线阅读|参考(?:文章|资料|链接|文献)?|原文|链接|详见|(?:相关|推荐|延伸)(?:文章|阅读)|github|(?:代码|仓库|视频)(?:地址|链接)?)"
    r"\**\s*[:：]\**\s*",
    re.IGNORECASE,
)
_ANCHOR_ONLY = re.compile(r"^\[[^\[\]]{1,200}\]\(#[^()]{0,300}(?:\([^()]*\)[^()]*)?\)\s*$")
_NORMAL = re.compile(r"[\W_]+")
_PROMOTION_RULES = frozenset({"contact", "group", "follow", "offer", "promotion"})
_WIDE = 600
"""Characters of a sentence that are looked at."""


def clean(lines: Sequence[Line], *, kept: frozenset[str] = frozenset()) -> tuple[list[Line], list[DroppedLine]]:
    """Return the lines that are content, and a record of the others in order.

    Args:
        lines: All lines of an article.
        kept: Texts of lines that stay whatever the rules say.
    """
    wanted = {text.strip() for text in kept}
    marks = {at: take_apart(line.text) for at, line in enumerate(lines) if line.prose}
    follow_ups = _follow_ups(marks)
    verdicts: dict[int, str] = {}
    for at, mark in marks.items():
        rule = _verdict(lines[at].text, mark)
        if rule and not (rule == "link" and at in follow_ups):
            verdicts[at] = rule
    _mark_contents(lines, {at: mark for at, mark in marks.items() if at not in follow_ups}, verdicts)
    _mark_preamble(lines, marks, verdicts)
    _mark_tails(lines, marks, verdicts)
    _mark_bylines(marks, verdicts)
    _mark_repeats(marks, verdicts)
    for at in [at for at in verdicts if lines[at].text.strip() in wanted]:
        del verdicts[at]
    return _rebuild(lines, marks, verdicts, wanted)


def _verdict(text: str, mark: Mark) -> str:
    """Name the rule that drops this line whatever stands around it, or ""."""
    stripped = text.strip()
    bare = stripped.lstrip("-*+•#> ").strip()
    if len(bare) <= 4000 and (bare[:1] in "!<&[:@" or "<" in bare):
        if rules.IMAGE.match(bare) and ("![" in bare or "<" in bare):
            return "image" if "<br" not in bare and "&nbsp;" not in bare else "markup"
        if rules.MARKUP.match(bare):
            return "markup"
        if rules.TOC_MARK.match(bare):
            return "contents"
    if len(stripped) <= 60:
        if rules.IMAGE_LABEL.match(bare):
            return "image"
        if not mark.level and not mark.bullet and any(pattern.match(mark.body) for pattern in rules.CHROME):
            return "chrome"
        if rules.PAGE_NUMBER.match(stripped):
            return "page number"
        if rules.PLACEHOLDER.match(mark.body):
            return "placeholder"
    linked = not mark.level and len(stripped) <= 1500 and _LINK_ONLY.match(_LINK_LABEL.sub("", bare[:40]) + bare[40:])
    if linked and not seems_to_ask(mark.body):
        return "link"
    if rules.COPYRIGHT.search(mark.body[:_WIDE]) and len(mark.body) <= 300 and not asks(mark.body):
        return "copyright"
    return promotion(mark.body) if not asks(mark.body) and len(mark.body) <= 80 else ""


def promotion(sentence: str) -> str:
    """Name the rule by which a sentence is an advertisement, or ""."""
    text = sentence[:_WIDE]
    if not rules.CUE.search(text):
        return ""
    return next((rule for rule, pattern in rules.PROMOTION if pattern.search(text)), "")


def _sentences(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _SENTENCE.finditer(text) if match.end() > match.start()]


def _advertising(text: str) -> tuple[str, list[tuple[int, int]], float]:
    """Return the rule, the spans of advertising sentences and their share of the text."""
    found = [(span, rule) for span in _sentences(text) if (rule := promotion(text[slice(*span)]))]
    size = sum(end - start for (start, end), _ in found)
    return (found[0][1] if found else ""), [span for span, _ in found], size / max(1, len(text.strip()))


def _mark_contents(lines: Sequence[Line], marks: dict[int, Mark], verdicts: dict[int, str]) -> None:
    """Tables of contents: lists of anchors, lists behind a heading such as 目录, and lists of lines that come again."""
    for at in marks:
        bare = lines[at].text.strip().lstrip("-*+•0123456789.、) ").strip()
        if _ANCHOR_ONLY.match(bare):
            verdicts[at] = "contents"
    keys = {at: _key(mark) for at, mark in marks.items()}
    later = _positions(marks, keys)
    _mark_contents_blocks(marks, verdicts, keys, later)
    _mark_repeated_lists(lines, marks, verdicts, keys, later)


def _follow_ups(marks: dict[int, Mark]) -> set[int]:
    """List items behind `**追问**：`, which link to other questions and are no table of contents."""
    found = set()
    inside = False
    for at, mark in marks.items():
        if rules.FOLLOW_UP.match(mark.body):
            inside = True
        elif inside and mark.bullet:
            found.add(at)
        else:
            inside = False
    return found


def _mark_contents_blocks(
    marks: dict[int, Mark], verdicts: dict[int, str], keys: dict[int, str], later: dict[str, list[int]]
) -> None:
    order = list(marks)
    for place, at in enumerate(order):
        if not rules.TOC_HEADING.match(marks[at].body):
            continue
        entries: list[int] = []
        for other in order[place + 1 :]:
            mark = marks[other]
            if not entries and verdicts.get(other) == "chrome":
                continue  # 收起
            listed = mark.bullet or mark.number or mark.linked or verdicts.get(other) == "contents"
            if (mark.level and not mark.linked) or not listed or len(mark.body) > 80:
                break
            if entries and keys[other] == keys[entries[0]]:
                break
            entries.append(other)
        again = sum(1 for other in entries if later.get(keys[other], [other])[-1] > other)
        anchors = sum(1 for other in entries if verdicts.get(other) == "contents")
        if entries and (anchors == len(entries) or again >= 0.5 * len(entries)):
            verdicts.update(dict.fromkeys([at, *entries], "contents"))


def _key(mark: Mark) -> str:
    return _NORMAL.sub("", mark.body).lower()


def _positions(marks: dict[int, Mark], keys: dict[int, str]) -> dict[str, list[int]]:
    """Where each text of a title's length stands."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, mark in marks.items():
        if 3 <= len(mark.body) <= 120:
            found[keys[at]].append(at)
    return found


def _mark_repeated_lists(
    lines: Sequence[Line],
    marks: dict[int, Mark],
    verdicts: dict[int, str],
    keys: dict[int, str],
    positions: dict[str, list[int]],
) -> None:
    """Lists of at least three short lines which all come again, in order, as titles with text between them.

    Behind the first heading or question a list may be part of an answer, whose points other answers name too: there,
    only headings and questions count as titles.
    """
    begun = next((at for at, mark in marks.items() if mark.level > 1 or mark.label == "ask"), len(lines))
    run: list[tuple[int, int]] = []

    def is_title(at: int, numbered: bool) -> bool:
        return bool(marks[at].level or (numbered and marks[at].number) or asks(marks[at].body))

    def close() -> None:
        spread = sum(1 for (_, a), (_, b) in pairwise(run) if b - a > 2)
        titles = sum(1 for _, later in run if is_title(later, numbered=run[0][0] < begun))
        if len(run) >= 3 and run[0][1] > run[-1][0] and 2 * min(spread + 1, titles) >= len(run):
            verdicts.update({at: "contents" for at, _ in run})

    for at, mark in marks.items():
        # `**优点**：…` says something behind its label, which may well come again.
        says_more = bool(mark.rest.strip(" :："))
        places = positions.get(keys[at], []) if mark.level in (0, 7) and not says_more else []
        after = next((place for place in places[:50] if place > max(at, run[-1][1] if run else 0)), None)
        apart = bool(run) and any(line.kind != "blank" for line in lines[run[-1][0] + 1 : at])
        if apart or after is None:
            close()
            run = []
            after = next((place for place in places[:50] if place > at), None)
        if after is not None:
            run.append((at, after))
    close()


def _mark_preamble(lines: Sequence[Line], marks: dict[int, Mark], verdicts: dict[int, str]) -> None:
    """Promotion in front of the first question or heading below the title."""
    for seen, (at, mark) in enumerate(marks.items()):
        if seen >= 30 or mark.level > 1 or mark.label == "ask" or asks(mark.body):
            break
        text = lines[at].text[:_WIDE]
        if at not in verdicts and sum(1 for cue in rules.PREAMBLE if cue.search(text)) >= 3:
            verdicts[at] = "promotion"


def _mark_tails(lines: Sequence[Line], marks: dict[int, Mark], verdicts: dict[int, str]) -> None:
    """Blocks behind headings such as 推荐阅读 or 技术交流: titles and chatter without content."""
    order = list(marks)
    place = 0
    while place < len(order):
        body = marks[order[place]].body
        recommended = bool(rules.RECOMMENDED.match(body))
        if len(body) > 30 or not (recommended or rules.TAIL_HEADING.match(body)):
            place += 1
            continue
        block, place = _tail_block(order, place, lines, marks, verdicts)
        found = [verdicts.get(at) or promotion(marks[at].body) for at in block[1:]]
        proof = any(rule in _PROMOTION_RULES for rule in found) or (bool(found) and all(found))
        last = place == len(order) and (recommended or len(block) == 1)
        if proof or last or (recommended and "link" in found):
            for at in block:
                verdicts.setdefault(at, "tail")


def _tail_block(
    order: list[int], place: int, lines: Sequence[Line], marks: dict[int, Mark], verdicts: dict[int, str]
) -> tuple[list[int], int]:
    block = [order[place]]
    place += 1
    while place < len(order):
        at = order[place]
        mark = marks[at]
        if at not in verdicts:
            body = mark.body
            ended = body.endswith(("。", "；", ";", "：")) or len(body) > 60
            tail = bool(rules.TAIL_HEADING.match(body) or rules.RECOMMENDED.match(body))
            if mark.label == "ask" or ((mark.level or asks(body)) and not tail):
                break
            if ended and not rules.CHATTER.search(body) and not promotion(body):
                break
            if any(lines[between].kind in ("code", "table", "math") for between in range(block[-1] + 1, at)):
                break
        block.append(at)
        place += 1
    return block, place


def _mark_bylines(marks: dict[int, Mark], verdicts: dict[int, str]) -> None:
    """Author, source and buttons above the first question or chapter and at the very end."""
    top: list[int] = []
    for at, mark in list(marks.items())[:20]:
        if mark.level > 1 or mark.label == "ask" or asks(mark.body):
            break
        top.append(at)
    for at in {*top, *list(marks)[-8:]}:
        mark = marks[at]
        plain = not mark.level and not mark.bullet and not mark.number
        if plain and rules.BYLINE.match(mark.body):
            verdicts.setdefault(at, "byline")
        elif plain and (rules.BUTTON.match(mark.body) or (at in top and rules.COUNT.match(mark.body))):
            verdicts.setdefault(at, "chrome")


def _mark_repeats(marks: dict[int, Mark], verdicts: dict[int, str]) -> None:
    """Running headers and footers that were copied along: the same line three times, naming a site or an account."""
    counts = Counter(mark.body for mark in marks.values() if 4 <= len(mark.body) <= 60)
    source = re.compile(r"公众号|微信|www\.|https?:|@|©|版权|出品|关注|第\s*\d+\s*页", re.IGNORECASE)
    for at, mark in marks.items():
        if counts[mark.body] >= 3 and source.search(mark.body):
            verdicts.setdefault(at, "repeated")


def _rebuild(
    lines: Sequence[Line], marks: dict[int, Mark], verdicts: dict[int, str], wanted: set[str]
) -> tuple[list[Line], list[DroppedLine]]:
    out: list[Line] = []
    dropped: list[DroppedLine] = []
    for at, line in enumerate(lines):
        rule = verdicts.get(at, "")
        text = line.text.rstrip() if line.prose else line.text
        if line.prose and not rule and len(text) > 80 and text.strip() not in wanted and not marks[at].level:
            rule, text = _cut_advertising(line, dropped)
        if rule:
            dropped.append(DroppedLine(line.no, line.text, rule))
        else:
            out.append(line if text == line.text else line._replace(text=text))
    return out, dropped


def _cut_advertising(line: Line, dropped: list[DroppedLine]) -> tuple[str, str]:
    """Return the rule if most of a paragraph is advertising, else the text without its advertising sentences."""
    rule, spans, share = _advertising(line.text)
    if not rule:
        return "", line.text.rstrip()
    if share >= 0.4:
        return rule, ""
    text, cursor = "", 0
    for start, end in spans:
        dropped.append(DroppedLine(line.no, line.text[start:end], rule))
        text += line.text[cursor:start]
        cursor = end
    return "", (text + line.text[cursor:]).rstrip()
