"""Any number of made-up articles in the shapes that real ones have: Markdown, scraped text, web pages, GBK files.

Their sentences are walks over pairs of neighbouring words in the bundled corpus, and their subjects are invented names
of which a few are common and most are rare, as in real collections: no two articles share a paragraph.
"""

import random
from collections import defaultdict
from pathlib import Path

import rjieba

from coach.config import PROJECT
from coach.corpus.lines import scan

_SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ra",
    "ten",
    "vor",
    "sel",
    "quan",
    "bit",
    "dor",
    "fen",
    "gal",
    "hex",
    "jun",
    "kel",
    "lam",
)
_SUFFIXES = ("Net", "LM", "Former", "Tune", "RAG", "Norm", "Attn", "-7B", "-V2", "Cache", "")
_ASPECTS = (
    "{0} 是什么？", "{0} 的原理是什么？", "为什么 {0} 要用 {1}？", "{0} 和 {1} 有什么区别？", "{0} 如何减少显存？",
    "{0} 的优缺点有哪些？", "怎样评估 {0} 的效果？", "训练 {0} 时损失不下降怎么办？", "{0} 的超参数怎么选？",
    "{0} 在推理时有什么瓶颈？", "如何把 {0} 部署到生产环境？", "{0} 适合什么场景？",
)  # fmt: skip
_TAIL = "扫码加入技术交流群，备注：城市+方向\n关注公众号【某某算法笔记】，后台回复：面试\n"
NAMES = 20_000


class Writer:
    """Writes articles; the same seed writes the same."""

    def __init__(self, seed: int = 0) -> None:
        """Learn the neighbouring words of the bundled corpus."""
        self._chance = random.Random(seed)
        self._next: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._starts: list[tuple[str, str]] = []
        for path in sorted((PROJECT / "corpus").glob("*.md")):
            for line in scan(path.read_text(encoding="utf-8")):
                if line.prose and len(line.text) > 30 and not line.text.startswith(("|", "#", "`", "---")):
                    words = [*rjieba.cut(line.text.lstrip("-0123456789. ").replace("**", "")), "\n"]
                    self._starts.append((words[0], words[1]))
                    for one, two, three in zip(words, words[1:], words[2:], strict=False):
                        self._next[one, two].append(three)
        self._names = [self._name() for _ in range(NAMES)]
        self._weights = [1 / (rank + 10) for rank in range(NAMES)]

    def article(self, number: int, questions: int = 10) -> tuple[str, bytes, list[str]]:
        """Return file name, content and questions of an article."""
        named = [self._chance.choices(self._names, self._weights, k=2) for _ in range(questions)]
        asked = [self._chance.choice(_ASPECTS).format(*names) for names in named]
        answers = [self._answer(names[0]) for names in named]
        title = f"{named[0][0]} 面试题 {number}"
        shape = number % 10
        if shape < 6:
            body = "\n".join(f"## {q}\n\n{a}\n" for q, a in zip(asked, answers, strict=True))
            return f"article{number:05}.md", f"# {title}\n\n{body}".encode(), asked
        if shape < 9:
            parts = (f"问题{n}、{q}\n{a}\n" for n, (q, a) in enumerate(zip(asked, answers, strict=True), 1))
            text = f"{title}\n\n{''.join(parts)}\n{_TAIL}"
            return f"article{number:05}.txt", text.encode("gb18030" if shape == 8 else "utf-8"), asked
        parts = (
            f"<h2>{q}</h2>" + "".join(f"<p>{line}</p>" for line in a.splitlines() if line)
            for q, a in zip(asked, answers, strict=True)
        )
        body = f"<article><h1>{title}</h1>{''.join(parts)}</article>"
        page = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
        return f"article{number:05}.html", page.encode(), asked

    def _name(self) -> str:
        syllables = "".join(self._chance.choices(_SYLLABLES, k=self._chance.choice((2, 2, 3))))
        return syllables.capitalize() + self._chance.choice(_SUFFIXES)

    def _answer(self, name: str) -> str:
        """Two paragraphs, sometimes a list: about a passage's worth of text."""
        paragraphs = [f"{name}：{self._sentence()}{self._sentence()}", self._sentence()]
        if self._chance.random() < 0.4:
            paragraphs.append("\n".join(f"- {self._sentence(30)}" for _ in range(3)))
        return "\n\n".join(paragraphs)

    def _sentence(self, longest: int = 60) -> str:
        words = list(self._chance.choice(self._starts))
        while len(words) < longest and words[-1] != "\n":
            words.append(self._chance.choice(self._next[words[-2], words[-1]]))
        return "".join(words).replace("\n", "").rstrip("。，；") + "。"


def write_articles(folder: Path, articles: int, *, seed: int = 0) -> list[str]:
    """Write articles of ten questions each; return all questions."""
    writer = Writer(seed)
    asked: list[str] = []
    for number in range(articles):
        name, content, questions = writer.article(number)
        (folder / name).write_bytes(content)
        asked += questions
    return asked
