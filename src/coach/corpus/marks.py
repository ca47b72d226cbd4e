"""What stands in front of a line: heading marks, bullets, numbers, labels; and whether the rest asks something."""

import re
from dataclasses import dataclass
from functools import lru_cache

_INDENT = re.compile(r"^(?:[ \t\u3000>])*")
_HEADING = re.compile(r"^(#{1,6})(?:\s+|(?=[^\s#!]))(.*)$")
_BULLET = re.compile(r"^[-*+•●▪◆■►‣·]\s+(?=\S)")
_TASK = re.compile(r"^\[[ xX]\]\s+")
_BOLD = re.compile(r"^(\*\*|__)(?=\S)(.+?)(?<=\S)\1\s*(.*)$")
_LINK = re.compile(r"\[([^\[\]]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_SUMMARY = re.compile(r"<summary>(.*?)(?:</summary>|$)", re.IGNORECASE)
_TAG = re.compile(r"</?(?:b|strong|em|i|u|font|span|a|h[1-6]|p|code|mark|br|center|div)\b[^<>]{0,200}>", re.IGNORECASE)
_KEYCAP = re.compile(r"(\d)\ufe0f?\u20e3")
_HTML_HEADING = re.compile(r"^<h([1-6])\b[^<>]{0,200}>(.*?)(?:</h\1>|$)", re.IGNORECASE)
_EMOJI = re.compile(r"[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d\u20e3]+")
_CN = "零〇一二三四五六七八九十百两"
_LABELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "ask",
        re.compile(
            rf"^[【\[(（]?\s*(?:高频|经典|常见|面试|必考)?(?:问题|面试题|题目|考题|真题|Question|Problem)\s*(?:No\.?)?\s*"
            rf"[((（【\[]?\s*(?P<n>\d{{1,4}}|[{_CN}]{{1,4}})\s*[)）】\]]?\s*(?:[-—–]{{1,2}}|[.、:：，,。)）\s】\]|]|$)+\s*",
            re.IGNORECASE,
        ),
    ),
    (
        "ask",
        re.compile(rf"^[【\[]?第\s*(?P<n>\d{{1,4}}|[{_CN}]{{1,4}})\s*[道个]?[题问](?!库)[】\]]?\s*[.、:：，\-—|\s]*"),
    ),
    ("ask", re.compile(r"^[【\[]?(?:Q|q|问)\s*[.\-]?\s*(?P<n>\d{1,4})\s*[】\]]?\s*[.、:：，,)）\-—|\s]+")),
    (
        "ask",
        re.compile(
            r"^[【\[]?(?:Q|问|提问|Question|问题|面试题|题目|面试官|面试官问|Interviewer)\s*[】\]]?\s*[:：]\s*",
            re.IGNORECASE,
        ),
    ),
    ("ask", re.compile(r"^[【\[](?:Q|问|提问|问题|面试题|题目)[】\]]\s*")),
    ("sec", re.compile(r"^(?:§|第)?\s*(?P<n>\d{1,3}(?:[.．]\d{1,3}){1,4})(?![\d%])\s*[节.、:：)）]?\s*(?=\D)")),
    ("dec", re.compile(r"^(?P<n>\d{1,4})\s*(?:[.．、:：)）](?!\d)|\\\.|,(?=\D)|，)\s*")),
    ("dec", re.compile(r"^No\.?\s*(?P<n>\d{1,4})\s*[.、:：]?\s*", re.IGNORECASE)),
    ("dec", re.compile(r"^[【\[](?P<n>\d{1,4})[】\]](?![(（:])\s*")),
    ("paren", re.compile(r"^[(（]\s*(?P<n>\d{1,3})\s*[)）]\s*[.、:：]?\s*")),
    ("cnparen", re.compile(rf"^[(（]\s*(?P<n>[{_CN}]{{1,3}})\s*[)）]\s*[.、:：]?\s*")),
    (
        "part",
        re.compile(rf"^第\s*(?P<n>[{_CN}\d]{{1,3}})\s*(?:章|节|部分|篇|讲|轮|面|步|阶段|类|天|关)\s*[.、:：，\s]*"),
    ),
    ("cn", re.compile(rf"^(?P<n>[{_CN}]{{1,3}})\s*[、.．:：]\s*")),
    ("circled", re.compile(r"^(?P<n>[①-⑳❶-❿])\s*[.、:：]?\s*")),
)
_SIMPLE = str.maketrans(
    "問題試經麼為區別講說釋紹簡優點關係聯實現對導證應該樣幾個嗎誰處這種與還劃計異缺評價議論簽寫練讓構層數據庫",
    "问题试经么为区别讲说释绍简优点关系联实现对导证应该样几个吗谁处这种与还划计异缺评价议论签写练让构层数据库",
)
"""Traditional characters of the words that ask, one for one; the patterns know the simplified ones."""
_STARTS = frozenset("【[(（ \t\u3000第§问問題經题面提考真高经常必QqPpIiNn①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳❶❷❸❹❺❻❼❽❾❿" + _CN)
"""What a number or label begins with, digits aside: a quick test in front of `_LABELS`."""
_BARE_NUMBER = re.compile(r"^(?P<n>\d{1,3})\s+(?=\D)(?![个种类点步条章层次大])")
_DIGITS = dict(zip("零〇一二三四五六七八九两", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2), strict=True))

_TRAILING = re.compile(r"(?:[*_~`#\s\u3000]|\[\^?\d+\]|[（(【\[][^（()）【】\[\]]{1,12}[)）】\]]|</?\w+/?>)++$")
_DIFFICULTY = re.compile(
    r"\s*(?:[（(【\[]\s*(?:简单|中等|困难|难|易|初级|中级|高级|高频|必考|必问|重要|重点|常考|选做|easy|medium|hard|[★☆*]{1,5}|)\s*[)）】\]]"
    r"|[★☆]{1,5})\s*$",
    re.IGNORECASE,
)
_STRONG = re.compile(r"[?？]")
_OPENING = re.compile(
    r"^(?:(?:请|请你|简单|简要|详细|具体|再|你|能否|能不能|可否|可以|先|重点|大概|系统|尝试|试|英文的?|通俗)\s*(?:的|地)?){0,3}\s*"
    r"(?:自我介绍|介绍|讲|说说|说一|说下|说明|谈|聊|解释|简述|描述|阐述|概述|论述|手写|手撕|手推|写出|写一|写下|写个|实现|对比|比较|推导|证明|列举|"
    r"分析一下|设计一|如何|怎么|怎样|为什么|为何|为啥|什么是|什么叫|何为|何谓|什么时候|什么情况|哪些|哪种|有哪些|有什么|有没有|是否|知道|了解|评价一下|"
    r"估算|计算一下)"
)
_OPENING_EN = re.compile(
    r"^(?:please\s+)?(?=\S+\s+\S+\s+\S)(?:what|why|how|when|which|where|who|explain|describe|compare|contrast|define|discuss|derive|implement|"
    r"walk (?:me|us) through|tell (?:me|us)|can you|could you|do you|does|did|is|are|should|would|give an example|"
    r"name (?:some|a few|the)|list the|talk about|design a|write a|difference)\b",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"^(?:什么是|什么叫|为什么|为何|为啥|何为|何谓)|^(?:what (?:is|are|does)|why (?:is|are|do|does|use|not))\s+\S",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:的(?:区别|不同|异同点?|差异|差别|关系|联系|优缺点|优点|缺点|原理|作用|好处|用法|流程|步骤|方法|细节)|"
    r"(?:什么|哪些|有何)(?:区别|不同|关系|联系|作用|好处|优点|缺点|优缺点|特点|问题|方法|影响|意义|优势|技巧|改进|办法|方式|指标)?|"
    r"(?:区别|异同|优缺点|优劣)|(?:介绍|解释|讲解|说明|讲|说|写|聊|推导|对比|分析|展开)(?:一下|下)|是什么|为什么|怎么办|怎么做|怎么样|如何|多少|了解吗|知道吗|会吗|吗|呢|怎么[^，。：:]{1,12}的|如何[^，。：:]{1,20})"
    r"\s*[。.!！]?$"
)
_INSIDE = re.compile(r"^[^，。；：、,;:]*(?:为什么|为何|怎么|怎样|哪些|哪个|哪几)[^，。；：、,;:]*$")
_TOPIC = re.compile(
    r"(?:原理|区别|公式|细节|流程|优缺点|作用|介绍|推导|手写|手撕|代码|实现|对比|异同|讲解|改进|算法|机制|了解|注意点|指标|评估|选型)"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A line taken apart.

    Attributes:
        level: 1–6 for headings, 7 for a line that is bold as a whole, 8 for a summary tag, 0 otherwise.
        bullet: Whether a list mark stood in front.
        indent: Columns of white space in front.
        label: Kind of number ("ask", "sec", "dec", "bare", "paren", "cnparen", "part", "cn", "circled", "emoji") or "".
        number: The number, one integer a level; () without one.
        body: The text without marks, number, links and emphasis.
        rest: Text behind a bold question on the same line.
        bold: Whether the body was bold.
        linked: Whether the line was one link.
        taken: Index of the line that holds the body if this one is only a label, else -1.
    """

    level: int
    bullet: bool
    indent: int
    label: str
    number: tuple[int, ...]
    body: str
    rest: str = ""
    bold: bool = False
    linked: bool = False
    taken: int = -1

    @property
    def style(self) -> tuple[int, bool, int, str, int, int]:
        """What siblings share: lines of one style are asked about together."""
        depth = len(self.number) if self.label == "sec" else 0
        bold = 0 if not self.bold else 1 if self.rest else 2
        return (self.level, self.bullet, 0 if self.level else min(self.indent // 2, 6), self.label, depth, bold)


@lru_cache(maxsize=8192)
def take_apart(text: str) -> Mark:
    """Return marks, number and body of one line of prose."""
    indent_text = _INDENT.match(text)
    prefix = indent_text.group(0) if indent_text else ""
    indent = sum(4 if char == "\t" else 2 if char == "\u3000" else 1 for char in prefix if char != ">")
    line = _KEYCAP.sub(r"\1. ", text[len(prefix) :].rstrip()) if "\u20e3" in text else text[len(prefix) :].rstrip()
    level, bullet, bold, rest = 0, False, False, ""
    heading = _HEADING.match(line)
    if heading:
        level, line = len(heading.group(1)), heading.group(2).rstrip().rstrip("#").rstrip()
    html = _HTML_HEADING.match(line) if line.startswith("<") else None
    if html:
        level, line = int(html.group(1)), html.group(2)
    summary = _SUMMARY.search(line) if "<" in line else None
    if summary:
        level, line = 8, summary.group(1)
    if "<" in line:
        line = _TAG.sub("", line).strip()
    if not level:
        mark = _BULLET.match(line)
        if mark:
            bullet, line = True, line[mark.end() :]
            line = _TASK.sub("", line)
    line, emoji = _strip_emoji(line)
    plain = _LINK.sub(r"\1", line) if "](" in line else line
    linked = plain != line and line.startswith("[") and line.rstrip().endswith(")")
    line = plain
    label, number, line = _number(line)
    inner = _BOLD.match(line)
    if inner and (inner.group(1) != "__" or not inner.group(3)):
        bold, line, rest = True, inner.group(2).strip(), inner.group(3).strip()
        line, again = _strip_emoji(line)
        emoji = emoji or again
        if not label:
            label, number, line = _number(line)
        if not line:  # only the number or label was bold: `**1)** text`, `**Q:** text`
            line, rest = rest.lstrip("：: "), ""
    if bold and not rest.strip(" 。.:：,，") and not level and not label and not bullet:
        level = 7
    if not label and emoji:
        label = "emoji"
    if not label:
        bare = _BARE_NUMBER.match(line)
        if bare and (level or bullet or asks(line)):
            label, number, line = "bare", (int(bare.group("n")),), line[bare.end() :]
    return Mark(level, bullet, indent, label, number, _clean(line), rest, bold, linked)


def _strip_emoji(line: str) -> tuple[str, bool]:
    match = _EMOJI.match(line)
    if match is None or "①" <= line[0] <= "⑳" or "❶" <= line[0] <= "❿":
        return line, False
    asks = any(char in "❓❔🙋🤔💬" for char in match.group(0))
    return line[match.end() :].lstrip(), asks


def _number(line: str) -> tuple[str, tuple[int, ...], str]:
    if line[:1] not in _STARTS and not line[:1].isdecimal():
        return "", (), line
    plain = line.translate(_SIMPLE)
    for label, pattern in _LABELS:
        match = pattern.match(plain)
        if match and match.end():
            value = match.groupdict().get("n")
            return label, _value(value) if value else (), line[match.end() :].strip()
    return "", (), line


def _value(text: str) -> tuple[int, ...]:
    if text[0] in "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳":
        return (ord(text[0]) - ord("①") + 1,)
    if "❶" <= text[0] <= "❿":
        return (ord(text[0]) - ord("❶") + 1,)
    if text[0].isdigit():
        return tuple(int(part) for part in re.split("[.．]", text))
    total, current = 0, 0
    for char in text:
        if char in "十百":
            unit = 10 if char == "十" else 100
            total, current = total + (current or 1) * unit, 0
        else:
            current = _DIGITS.get(char, 0)
    return (total + current,)


def _clean(text: str) -> str:
    text = text.replace("**", "").strip()
    if text.startswith("__") and text.endswith("__"):
        text = text[2:-2]
    text = (text[:-16] + _EMOJI.sub("", text[-16:])).rstrip()
    if text.endswith((")", "）", "]", "】", "★", "☆")):
        text = text[:-40] + _DIFFICULTY.sub("", text[-40:])
    return text.strip()


def bare_end(body: str) -> str:
    """Return the body without emphasis, difficulty marks and footnotes at its end."""
    return _TRAILING.sub("", body[-80:]) if len(body) <= 80 else body[:-80] + _TRAILING.sub("", body[-80:])


@lru_cache(maxsize=8192)
def asks(body: str) -> bool:
    """Whether the text ends as a question does: with a question mark, marks and remarks in brackets aside."""
    end = bare_end(body)
    return end.endswith(("?", "？")) or (bool(end) and end[-1] in '。.!！"”’」' and end[:-1].endswith(("?", "？")))


@lru_cache(maxsize=8192)
def seems_to_ask(body: str) -> bool:
    """Whether the text is a question by its wording, with or without a question mark."""
    body = body.translate(_SIMPLE)
    if not 2 <= len(body) <= 300:
        return False
    if asks(body):
        return True
    end = bare_end(body)
    if _STRONG.search(end) and len(end) <= 160:
        return True
    if len(end) > 100:
        return False
    if _OPENING.match(end) or _OPENING_EN.match(end) or _CLOSING.search(end):
        return True
    return len(end) <= 40 and bool(_INSIDE.search(end))


def plainly_asks(body: str) -> bool:
    """Whether a heading asks without a question mark: 什么是 LoRA, Why does it work."""
    return len(body) <= 60 and bool(_PLAIN.match(body.translate(_SIMPLE)))


def seems_a_topic(body: str) -> bool:
    """Whether the text could be a question without saying so: short, a topic, no sentence."""
    return 2 <= len(body) <= 60 and not body.endswith(("：", ":", "；", ";", "，")) and bool(_TOPIC.search(body))
