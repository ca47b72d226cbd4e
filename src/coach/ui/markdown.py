"""Markdown from answers and articles → HTML that is safe to show.

Raw HTML is escaped, images become their description, only http(s) links stay links, LaTeX becomes MathML: nothing here
can run a script or load anything. Knows nothing of answers and passages beyond `[n]` marks.
"""

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.texmath import texmath_plugin

from coach.talk.mathml import mathml

START, END = "\ue000", "\ue001"
"""Private-use characters that stand for the start and the end of a highlight while Markdown is rendered."""

_JOINER = "\u2060"
"""Word joiner: keeps a chip on the line of the sentence that it stands behind."""

_LONE_CHIPS = re.compile(f'<p>((?:{_JOINER}<a class="cite"[^>]*>[0-9]+</a>)+)</p>')
"""A paragraph of chips alone: they belong to the formula or the code above."""

_CITE = re.compile(r"\[(\d{1,2})\](?!\()")
_CJK = re.compile(r"[\u2e80-\u312f\u3130-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_LEAD = re.compile(r"(?:\s|[-*+]\s|\d{1,3}[.)]\s|#{1,6}\s|>|\||\*\*|`)+")
_PIECE = re.compile(f"(<math.*?</math>|<[^>]*>|{START}|{END})", re.DOTALL)
_BULLET = re.compile(r"^(?:[-*+]|\d{1,3}[.)]|#{1,6})\s+")
_TRAIL = re.compile(r"(?:\s|\*\*|\||`)+$")


class _CjkInlineState(StateInline):
    """Emphasis next to CJK text: `**重点：**后文` closes, which CommonMark's rule about punctuation forbids."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        marker = self.src[start]
        end = start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        free_before, free_after = _is_free(before), _is_free(after)
        left = not isWhiteSpace(ord(after)) and (not _is_punctuation(after) or free_before)
        right = not isWhiteSpace(ord(before)) and (not _is_punctuation(before) or free_after)
        can_open = left and (canSplitWord or not right or _is_punctuation(before))
        can_close = right and (canSplitWord or not left or _is_punctuation(after))
        return Scanned(can_open, can_close, end - start)


def _is_punctuation(char: str) -> bool:
    return (isMdAsciiPunct(ord(char)) or isPunctChar(char)) and not _CJK.match(char)


def _is_free(char: str) -> bool:
    """Whether emphasis may start or end next to `char` whatever stands on its other side."""
    return isWhiteSpace(ord(char)) or _is_punctuation(char) or bool(_CJK.match(char))


class _CjkInline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _CjkInlineState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


MarkOf = Callable[[int, str], int]
"""Number of a citation, sentence that it stands behind → index of the passage's mark that supports the sentence."""


def to_html(
    text: str, *, numbers: Collection[int] = (), anchor: str = "", mark_of: MarkOf = lambda number, sentence: 0
) -> str:
    """Return `text` as safe HTML; `[n]` with n in `numbers` becomes a chip that points to `#{anchor}{n}`."""
    html = str(_parser().render(text, {"numbers": frozenset(numbers), "anchor": anchor, "mark_of": mark_of}))
    return _LONE_CHIPS.sub(r'<p class="marks">\1</p>', html) if numbers else html


def inline(text: str) -> str:
    """Return one line of `text` as safe HTML without paragraphs, for excerpts."""
    return str(_parser().renderInline(_BULLET.sub("", " ".join(text.split())), {}))


def highlight(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return `text` as safe HTML with the character ranges `spans` in `<mark>`; `data-mark` is a range's index.

    Marks can stand where they break Markdown (inside a table's rule, in the middle of a fence). Then the text is shown
    as it is in the source, with its marks: a highlight never changes what the passage says.
    """
    ranges = _ranges(text, spans)
    plain = to_html(text)
    if not ranges:
        return plain
    indices = [index for _, _, index in ranges]
    marked = to_html(_with_marks(text, ranges))
    if marked.replace(START, "").replace(END, "") == plain and marked.count(START) == len(ranges):
        return _mark(marked, indices)
    return f'<p class="source-text">{_mark(escape(_with_marks(text, ranges)), indices)}</p>'


def _ranges(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Return the spans as (start, end, index), ascending and apart, without the markup at their ends."""
    found: list[tuple[int, int, int]] = []
    for index, (first, last) in sorted(enumerate(spans), key=lambda item: item[1]):
        start = max(0, first, found[-1][1] if found else 0)
        lead = _LEAD.match(text, start, min(len(text), last))
        start = lead.end() if lead else start
        trail = _TRAIL.search(text, start, min(len(text), last))
        end = trail.start() if trail else min(len(text), last)
        if start < end:
            found.append((start, end, index))
    return found


def _with_marks(text: str, ranges: Sequence[tuple[int, int, int]]) -> str:
    pieces, at = [], 0
    for start, end, _ in ranges:
        pieces += [text[at:start], START, text[start:end], END]
        at = end
    return "".join([*pieces, text[at:]])


def _mark(html: str, indices: Sequence[int]) -> str:
    """Wrap every run of text and every formula between START and END in its own `<mark>`: tags stay well nested."""
    out, on, at = [], False, -1
    for piece in _PIECE.split(html):
        if piece in (START, END):
            on = piece == START
            at += on
        elif on and piece.strip() and (piece.startswith("<math") or not piece.startswith("<")):
            out.append(f'<mark data-mark="{indices[at]}">{piece}</mark>')
        else:
            out.append(piece)
    return "".join(out)


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("js-default", {"html": False, "linkify": False, "typographer": False, "breaks": True})
    md.inline = _CjkInline()
    md.use(texmath_plugin, delimiters="brackets")
    md.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        double_inline=True,
        renderer=_formula,
    )
    md.disable(["reference", "html_block", "html_inline", "autolink"])
    md.inline.ruler.before("link", "cite", _cite)
    rules: dict[str, Callable[..., str]] = {
        "cite": _render_cite,
        "image": _render_image,
        "link_open": _render_link_open,
        "link_close": _render_link_close,
        "fence": _render_code,
        "code_block": _render_code,
        "table_open": lambda *_: '<div class="table"><table>',
        "table_close": lambda *_: "</table></div>",
    }
    for name, rule in rules.items():
        md.add_render_rule(name, rule)
    return md


def _cite(state: StateInline, silent: bool) -> bool:
    found = _CITE.match(state.src, state.pos)
    if not found or int(found[1]) not in state.env.get("numbers", ()):
        return False
    if not silent:
        state.pending = state.pending.rstrip()
        state.push("cite", "a", 0).content = str(int(found[1]))
    state.pos = found.end()
    return True


def _render_cite(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    number, before = tokens[index].content, list(tokens[:index])
    while before and before[-1].type == "cite":
        before.pop()
    last = max((at for at, token in enumerate(before) if token.type == "cite"), default=-1)
    mark = env["mark_of"](int(number), "".join(token.content for token in before[last + 1 :]))
    href = f"#{escape(env['anchor'])}{number}"
    return f'{_JOINER}<a class="cite" href="{href}" data-cite="{number}" data-mark="{mark}">{number}</a>'


def _render_image(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f'<span class="image">{escape(tokens[index].content) or "…"}</span>'


def _is_web(token: Token) -> bool:
    return str(token.attrGet("href") or "").lower().startswith(("http://", "https://"))


def _render_link_open(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    if not _is_web(tokens[index]):
        return "<span>"
    href = escape(str(tokens[index].attrGet("href")))
    return f'<a href="{href}" target="_blank" rel="noopener noreferrer nofollow">'


def _render_link_close(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    opening = next(t for t in reversed(tokens[:index]) if t.type == "link_open" and t.level == tokens[index].level)
    return "</a>" if _is_web(opening) else "</span>"


def _render_code(
    renderer: RendererProtocol, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    code, marks = _without_marks(token.content)
    language = token.info.split()[0] if token.info.split() else ""
    return f'<pre class="code"><code>{marks[0]}{_coloured(code, language)}{marks[1]}</code></pre>\n'


def _without_marks(text: str) -> tuple[str, tuple[str, str]]:
    """Take highlight marks out of text that can't carry them inside; they then go around all of it."""
    plain = text.replace(START, "").replace(END, "")
    return plain, (START * text.count(START), END * text.count(END))


def _coloured(code: str, language: str) -> str:
    from pygments import highlight as colour  # loaded with the first code block, not with the page
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return escape(code)
    return str(colour(code, lexer, HtmlFormatter(nowrap=True)))


def _formula(source: str, how: dict[str, Any]) -> str:
    """Return MathML of a LaTeX formula, or its source where it can't be converted."""
    latex, marks = _without_marks(source)
    written = mathml(latex, "block" if how["display_mode"] else "inline")
    return f"{marks[0]}{written or f'<code>{escape(latex)}</code>'}{marks[1]}"
