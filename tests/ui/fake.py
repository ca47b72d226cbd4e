"""A coach of three passages, for tests of the page: what it answers follows from the question's words."""

import tempfile
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from coach.config import Settings
from coach.errors import EncoderError
from coach.index.calibration import ErrorRates
from coach.interviews import Interviews
from coach.records import (
    Answer,
    Article,
    Citation,
    Contradiction,
    Done,
    Event,
    Hit,
    Hits,
    IngestSummary,
    Passage,
    Preview,
    Progress,
    Question,
    Text,
    Turn,
    Waiting,
)
from coach.talk.conversations import DATABASE, Conversations
from tests.support.grading import WordGrader

TITLE = "注意力机制"
SCALE = (
    "缩放点积注意力（scaled dot-product attention）除以 $\\sqrt{d_k}$，是为了让点积的方差不随维度增大。\n\n"
    "1. **方差随维度增长**：若 q、k 的各分量独立、均值 0、方差 1，点积的方差等于 $d_k$。\n"
    "2. **softmax 饱和**：点积过大时 softmax 接近 one-hot，梯度接近 0，训练难以继续。\n\n"
    "| 维度 | 点积的标准差 |\n|---|---|\n| 64 | 8 |\n| 128 | 11.3 |\n"
)
HEADS = (
    "多头注意力（multi-head attention）在模型宽度 d 不变时不增加计算量：每个头的宽度是 $d/h$。\n\n"
    "```python\nimport math\nd, h = 768, 12\nassert d // h == 64\n```\n"
)
CACHE = "KV cache 保存已生成 token 的 key 和 value，使每步解码只算一个新 token 的投影。"
ASKED = (
    "为什么注意力要除以 √d_k？",
    "多头注意力会增加计算量吗？",
    "KV cache 省了什么？",
    "LayerNorm 和 BatchNorm 的区别是什么？",
    "LoRA 为什么有效？",
    "RLHF 里为什么要加 KL 惩罚？",
)


@dataclass(frozen=True)
class FakeStatus:
    articles: int = 1
    questions: int = 6
    passages: int = 3
    encoder: str = "bundled"
    model: str = ""
    ingesting: bool = False
    problems: tuple[str, ...] = ()


def passages() -> list[Passage]:
    texts = [SCALE, HEADS, CACHE]
    return [
        Passage(f"p{n}", text, ASKED[n], "a1", TITLE, f"attention.md:{10 * n + 7}", f"q{n}", (TITLE,), n, 10 * n + 7)
        for n, text in enumerate(texts)
    ]


def questions() -> list[Question]:
    return [Question(f"q{n}", text, "答" if n < 3 else "", "a1", title=TITLE) for n, text in enumerate(ASKED)]


def cite(number: int, passage: Passage, quote: str) -> Citation:
    start = passage.text.index(quote)
    return Citation(number, passage, quote, start, start + len(quote), 1.0)


class FakeCoach:
    """`empty` starts without articles until ingest ran; `delay` seconds pass between pieces."""

    def __init__(self, *, empty: bool = False, delay: float = 0.0) -> None:
        self.empty, self.delay = empty, delay
        self.histories: list[Sequence[Turn]] = []
        self.prepared: list[str] = []
        self.model = ""
        self.settings = Settings(home=Path(tempfile.gettempdir()) / "coach-fake", llm="none")
        self.closed = threading.Event()
        self.warm = threading.Event()
        self.refusal = 0.5
        self.last_ingest: IngestSummary | None = None
        self.lost: list[Article] = []
        self.added: list[str] = []
        self.gone: list[str] = []
        self.kept: list[tuple[str, int]] = []

    @cached_property
    def conversations(self) -> Conversations:
        return Conversations(Path(tempfile.mkdtemp()) / DATABASE)

    @cached_property
    def interviews(self) -> Interviews:
        return Interviews(Path(tempfile.mkdtemp()) / "interviews.sqlite3", self, WordGrader())

    def articles(self) -> list[Article]:
        return (
            []
            if self.empty
            else [Article("a1", TITLE, "attention.md", ("attention",), "zh", 6, 3, "2026-01-02T03:04:05+00:00")]
        )

    def questions(self, article_id: str | None = None) -> list[Question]:
        return [] if self.empty else questions()

    def passages(self, article_id: str) -> list[Passage]:
        return passages()

    def dropped(self, article_id: str) -> list[tuple[int, str, str]]:
        return [(90, "扫码加群，领取<b>面试宝典</b>", "group")]

    def examples(self, count: int = 6) -> list[Question]:
        return self.questions()[:count]

    def status(self) -> FakeStatus:
        return FakeStatus(articles=0, questions=0) if self.empty else FakeStatus(model=self.model)

    def failures(self) -> list[tuple[str, str, str]]:
        return [("broken.pdf", "broken.pdf holds no text.", "2026-01-02T03:04:05+00:00")]

    def missing(self) -> list[Article]:
        return self.lost

    def linked(self, question_id: str) -> list[Question]:
        return [Question("o1", "注意力为何要缩放？", "答", "a2", title="另一篇")] if question_id == "q0" else []

    def contradictions(self) -> list[Contradiction]:
        return []

    def new_questions(self) -> list[Question]:
        return self.questions()

    def set_refusal(self, value: float) -> None:
        self.refusal = value

    def error_rates(self) -> tuple[ErrorRates, ...]:
        return tuple(ErrorRates(n / 20, 1 - n / 20, (n / 20) ** 2) for n in range(21))

    def ingest(self, paths: Any = None, *, prune: bool = False) -> Iterator[Progress]:
        for n in range(1, 4):
            time.sleep(self.delay)
            yield Progress(f"article{n}.md", "added" if n < 3 else "failed", "" if n < 3 else "broken", n, 3)
        self.empty = False
        if prune:
            self.lost = []
        self.last_ingest = IngestSummary(added=("article1.md",), questions_added=tuple(questions()))

    def add_files(self, files: Sequence[str]) -> Iterator[Progress]:
        self.added += files
        for number, file in enumerate(files, start=1):
            yield Progress(file, "added", "", number, len(files))

    def add_text(self, title: str, text: str) -> Iterator[Progress]:
        self.added.append(title)
        yield Progress(title, "added", "", 1, 1)

    def add_url(self, url: str) -> Iterator[Progress]:
        self.added.append(url)
        yield Progress(url, "added", "", 1, 1)

    def delete(self, article_id: str) -> bool:
        self.gone.append(article_id)
        return True

    def undelete(self, article_id: str) -> Iterator[Progress]:
        self.gone.remove(article_id)
        yield Progress("attention.md", "added", "", 1, 1)

    def deleted(self) -> list[tuple[str, str, str]]:
        return [(article, TITLE, "2026-01-02T03:04:05+00:00") for article in self.gone]

    def keep_line(self, article_id: str, line_no: int) -> Iterator[Progress]:
        self.kept.append((article_id, line_no))
        yield Progress("attention.md", "updated", "", 1, 1)

    def warm_up(self) -> None:
        self.warm.set()

    def prepare(self, text: str, history: Sequence[Turn] = ()) -> None:
        self.prepared.append(text)

    def ask(self, text: str, history: Sequence[Turn] = ()) -> Generator[Event, None, None]:
        self.histories.append(history)
        if "坏" in text:
            raise EncoderError("The encoder <b>can't</b> be loaded. Reinstall it.")
        if "错" in text:
            raise ZeroDivisionError
        if "装上" in text or "卸下" in text:
            self.model = "tiny" if "装上" in text else ""
        one, two, three = passages()
        try:
            if "天气" in text:
                yield Hits(())
                yield Done(Answer("", abstained=True, nearest=tuple(questions()[:3]), question=text, writer="none"))
                return
            yield Hits((Hit(one, 0.9), Hit(two, 0.7), Hit(three, 0.3)))
            if "模型" in text:
                quote = "是为了让点积的方差不随维度增大。"
                yield Preview(Answer(f"摘录：{quote}[1]", (cite(1, one, quote),), question=text))
                for waiting in (Waiting(2, 3.0), Waiting(1, 2.0), Waiting(0, 1.0)):
                    yield waiting
                    time.sleep(10 * self.delay)
            answer = (
                "除以 $\\sqrt{d_k}$ 是为了让点积的方差不随维度增大。[1]\n\n"
                "1. **方差随维度增长**：各分量独立、方差为 1 时，点积的方差等于 $d_k$。[1]\n"
                "2. **多头时每个头更窄**：每个头的宽度是 $d/h$，所以缩放用的是头的宽度。[2]\n"
            )
            for piece in [answer[at : at + 4] for at in range(0, len(answer), 4)]:
                time.sleep(self.delay)
                yield Text(piece)
            citations = (
                cite(1, one, "是为了让点积的方差不随维度增大。"),
                cite(1, one, "2. **softmax 饱和**：点积过大时 softmax 接近 one-hot，梯度接近 0，训练难以继续。"),
                cite(2, two, "每个头的宽度是 $d/h$。"),
            )
            writer = "llm" if "模型" in text else "extractive"
            yield Done(Answer(answer, citations, question=text, confidence=0.9, writer=writer))
        finally:
            self.closed.set()
