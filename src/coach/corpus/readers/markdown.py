"""Reads Markdown with optional YAML front matter."""

import re
from html import unescape
from typing import Any

import yaml

from coach.corpus.lines import scan
from coach.corpus.readers.encoding import decode
from coach.corpus.readers.tex import tex_of_address
from coach.records import Document

_FENCE = re.compile(r"\A\s*---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_IMAGE = re.compile(
    r"<img\b[^<>\"]{0,200}(?:\"[^<>\"]{0,200}\"[^<>\"]{0,200}){0,4}?\bsrc=\"(?P<html>https?://[^\"\n]{1,2000})\"[^<>]{0,200}>"
    r"|!\[[^\[\]\n]{0,300}\]\((?P<markdown>https?://[^\s()]{1,2000}(?:\([^\s()]{0,500}\)[^\s()]{0,500}){0,20})\)"
)
_DIFFICULTIES = {
    level: names
    for level, names in enumerate(
        (
            ("1", "2", "easy", "beginner", "basic", "简单", "容易", "易", "初级", "入门", "基础", "簡單", "初級"),
            ("3", "medium", "intermediate", "normal", "中等", "中", "中级", "普通", "一般", "中級"),
            ("4", "5", "hard", "difficult", "advanced", "expert", "困难", "难", "高级", "进阶", "困難", "高級"),
        ),
        start=1,
    )
}
"""Level → what front matter calls it: a word, a number of five, or as many stars."""
_NESTED = 200
_LIMIT = 16_384
"""Characters of front matter that are looked at; nobody writes more by hand."""


def read_markdown(data: bytes) -> Document:
    """Return the document in a .md file; front matter becomes blank lines, so that line numbers stay those of the file.

    Front matter that is no YAML mapping is no error: it stays in the text.

    Raises:
        ArticleError: The bytes are no text.
    """
    text = _with_formulas(decode(data))
    match = _FENCE.match(text[:_LIMIT])
    fields = _mapping(match.group(1)) if match else None
    if match is None or fields is None:
        return Document(text=text)
    return Document(
        text="\n" * match.group(0).count("\n") + text[match.end() :],
        title=_string(fields.get("title")),
        topics=_strings(fields.get("topics") or fields.get("tags") or fields.get("tag")),
        language=_language(_string(fields.get("language") or fields.get("lang"))),
        difficulty=_difficulty(_string(fields.get("difficulty") or fields.get("level"))),
    )


def _with_formulas(text: str) -> str:
    """Replace pictures of formulas, outside of code, by the TeX in their addresses; no line is added or taken away."""
    if "math" not in text and "tex" not in text:
        return text
    lines = (_IMAGE.sub(_formula, line.text) if line.kind != "code" else line.text for line in scan(text))
    return "\n".join(lines)


def _formula(image: re.Match[str]) -> str:
    tex = tex_of_address(unescape(image["html"] or image["markdown"]))
    mark = "$" if image.string.lstrip(" >*-").rstrip() != image.group() else "$$"
    return f"{mark}{tex}{mark}" if tex else image.group()


def _mapping(text: str) -> dict[Any, Any] | None:
    if text.count("[") + text.count("{") > _NESTED:  # hostile nesting takes the YAML parser seconds
        return None
    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: dates such as 2024-13-45
        return None
    return fields if isinstance(fields, dict) else None


def _string(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def _strings(value: object) -> tuple[str, ...]:
    """Topics: a list, or one string with commas."""
    items = re.split(r"[,，、;；]", value) if isinstance(value, str) else value
    if not isinstance(items, list):
        return ()
    return tuple(dict.fromkeys(text for item in items if (text := _string(item))))


def _language(value: str) -> str:
    """Map "zh-CN", "中文", "English" … to "zh", "en" or ""."""
    lowered = value.lower()
    if lowered.startswith(("zh", "chinese", "中文", "cn")):
        return "zh"
    return "en" if lowered.startswith(("en", "英")) else ""


def _difficulty(value: str) -> int:
    """Map "中级", "hard", 3, "★★★" … to 1 (easy), 2 or 3 (hard), anything else to 0."""
    bare = value.lower().removesuffix("/5").removesuffix("难度").strip()
    stars = bare.count("★") + bare.count("⭐")
    named = str(stars) if stars else bare
    return next((level for level, names in _DIFFICULTIES.items() if named in names), 0)
