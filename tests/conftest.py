"""Every test has its own home folder and corpus, and sees none of the machine's settings."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from coach.config import Settings
from coach.interviews import Interviews
from coach.service import Coach
from tests.support.encoders import HashedEncoder
from tests.support.grading import WordGrader
from tests.support.interviews import Clock, Shelf

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's library is imported

ATTENTION = """---
title: 注意力
topics: [attention]
---

# 注意力

## 多头注意力和单头注意力的时间复杂度一样吗？

一样：模型宽度 d 不变时，多头注意力与单头注意力的时间复杂度都是 $O(n^2 d)$。

1. **分头不增加计算量**：每个头的维度是 d/h，h 个头合起来仍是 d。
2. **瓶颈是长度**：序列长度 n 翻倍，注意力分数的计算量变为四倍。

## 为什么注意力要除以 √d_k？

点积的方差随 d_k 增大而增大，除以 √d_k 让 softmax 不会饱和。

## LLaMA 和 ChatGLM 有什么区别？
"""

FORGETTING = """# 微调

## 微调大模型时如何避免灾难性遗忘？

灾难性遗忘（catastrophic forgetting）是指模型学习新任务后丢失旧能力。

- 回放：在新数据里混入一部分旧数据一起训练。
- 正则化：EWC 限制重要参数的变化。
- 参数高效微调：LoRA 冻结原有权重，只训练低秩矩阵。

## BatchNorm 和 LayerNorm 的区别是什么？

BatchNorm 在批次维度上统计均值和方差，LayerNorm 在特征维度上统计均值和方差。
LayerNorm 不依赖批次大小，因此适合变长的文本序列。
"""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("COACH_CONFIG", "COACH_LLM", "COACH_CORPUS", "COACH_ENCODER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COACH_HOME", str(tmp_path / "home"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "attention.md").write_text(ATTENTION, encoding="utf-8")
    (folder / "forgetting.md").write_text(FORGETTING, encoding="utf-8")
    return folder


@pytest.fixture
def settings(tmp_path: Path, corpus: Path) -> Settings:
    return Settings(home=tmp_path / "home", corpus=corpus, llm="none")


@pytest.fixture
def open_coach(settings: Settings) -> Iterator[Callable[..., Coach]]:
    """Opens coaches on the test's home; they are closed at the end."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(
            Coach(settings.model_copy(update=changes.pop("update", {})), **({"encoder": HashedEncoder()} | changes))
        )


@pytest.fixture
def coach(open_coach: Callable[..., Coach]) -> Coach:
    """A coach that has ingested the small corpus, with an encoder of hashed words."""
    opened = open_coach()
    list(opened.ingest())
    return opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def interviews(tmp_path: Path, shelf: Shelf, clock: Clock) -> Iterator[Interviews]:
    """Interviews over the questions of the shelf, graded by plain rules."""
    opened = Interviews(tmp_path / "interviews.sqlite3", shelf, WordGrader(), clock=clock)
    yield opened
    opened.close()
