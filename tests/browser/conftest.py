"""A real server in a process of its own, and a Chromium that may talk to it alone."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "out" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")

CORPUS = {
    "normalization.md": """---
title: 归一化
topics: [normalization]
---

# 归一化

## 什么是 BatchNorm？

BatchNorm 对同一个通道在一个 batch 的所有样本上计算均值和方差。

1. **依赖 batch**：BatchNorm 的统计量来自同一批的其他样本，batch 太小时噪声很大。
2. **推理时**：BatchNorm 推理用训练时累积的滑动平均 $\\mu$ 和 $\\sigma^2$。

## 什么是 LayerNorm？

LayerNorm 对单个样本的全部特征计算均值和方差，不依赖 batch 的大小。

1. **训练和推理一致**：LayerNorm 训练和推理用同一个公式，没有滑动平均。
2. **适合变长序列**：LayerNorm 逐 token 计算，所以 Transformer 用它。
""",
    "transformer.md": """# Transformer 结构

## 什么是 LayerNorm？

Transformer 在每个子层旁放一个 LayerNorm，放在残差之前叫 Pre-Norm，放在残差之后叫 Post-Norm。

- **Pre-Norm 更稳**：Pre-Norm 的梯度可以沿残差直达底层，深层模型不靠 warmup 也能训练。
""",
    "lora.md": """# LoRA 微调

## LoRA 为什么能减少显存？

LoRA 冻结原权重，只训练低秩矩阵 $A$ 和 $B$，优化器状态只为这两个小矩阵保存。

```python
r, d = 8, 4096
print(2 * r * d)
```

扫码加群，添加微信号 abc123 备注“LoRA”领取面试宝典
""",
    "hostile.md": """# 提示注入

## 什么是提示注入攻击？

提示注入攻击（prompt injection）把指令藏在数据里，<script>window.hacked = 1</script>让模型执行攻击者的命令。

- 图片外带：![pixel](http://203.0.113.7/pixel.png) 会把数据带出去。
- 标签：<img src="http://203.0.113.7/x.png" onerror="window.hacked = 2"> 也会。
- 链接：[点我](javascript:window.hacked=3) 也可能执行脚本，$\\text{&lt;script&gt;window.hacked=4&lt;/script&gt;}$。
""",
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def started(command: list[str], port: int, log: Path) -> Iterator[str]:
    """Start a server, yield its address once it answers, stop it."""
    address = f"http://127.0.0.1:{port}/"
    with log.open("wb") as out:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=environment)
        try:
            for _ in range(600):
                assert server.poll() is None, log.read_text(encoding="utf-8")
                try:
                    with urllib.request.urlopen(address, timeout=5):
                        break
                except OSError:
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait(20)
    assert "Traceback" not in log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if not program:
        pytest.skip(f"no Chromium here: none of {', '.join(NAMES)} is on the PATH")
    SHOTS.mkdir(parents=True, exist_ok=True)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory):
    """The articles that the server reads."""
    corpus = tmp_path_factory.mktemp("corpus")
    for name, text in CORPUS.items():
        (corpus / name).write_text(text, encoding="utf-8")
    return corpus


def app(folder: Path, corpus: Path) -> Iterator[str]:
    """Run `python app.py` in an empty home."""
    port = free_port()
    flags = ["--home", str(folder / "home"), "--corpus", str(corpus), "--port", str(port), "--model", "none"]
    yield from started([sys.executable, "app.py", *flags], port, folder / "log")


@pytest.fixture(scope="session")
def server(chromium, corpus_folder, tmp_path_factory):
    """`python app.py` over a small corpus of its own, in an empty home."""
    yield from app(tmp_path_factory.mktemp("server"), corpus_folder)


@pytest.fixture
def newcomer(chromium, tmp_path):
    """`python app.py` without any article."""
    (tmp_path / "corpus").mkdir()
    yield from app(tmp_path, tmp_path / "corpus")


@pytest.fixture(scope="session")
def slow_server(chromium, tmp_path_factory):
    """The page over a scripted coach that writes slowly."""
    folder = tmp_path_factory.mktemp("slow")
    port = free_port()
    yield from started(
        [sys.executable, "-m", "tests.browser.slow_server", str(port), str(folder)], port, folder / "log"
    )


class Visitor:
    """One window on the page, which notes every request that leaves it and every error in it."""

    def __init__(self, browser, address, **context):
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "zh-CN"} | context)
        self.address = address
        self.requests, self.errors = [], []
        self.page = self.open()

    def open(self):
        """Open the page in one more tab."""
        page = self.context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: (self.errors.append(dialog.message), dialog.dismiss()))
        page.goto(self.address)
        page.wait_for_selector(".welcome .pick, .welcome .quiet, .exchange", timeout=60_000)
        return page

    def ask(self, question, number=1, *, page=None):
        """Type a question, wait until its exchange is finished, return the exchange."""
        page = page or self.page
        self.write(page.locator(".ask-box textarea"), question)
        page.keyboard.press("Enter")
        exchange = page.locator(f"#t{number}")
        page.wait_for_selector(f"#t{number}.done, #t{number}.failed", timeout=60_000)
        page.wait_for_selector(".submit-button", timeout=20_000)
        return exchange

    def write(self, box, text):
        """Type into a box; again if the page takes it back: a box that was just shown is still being set up."""
        for _ in range(20):
            box.fill(text)
            self.page.wait_for_timeout(150)
            if box.input_value() == text:
                return
        raise AssertionError(f"the page does not keep what is typed: {box.input_value()!r} for {text!r}")

    def shot(self, name):
        self.page.wait_for_timeout(350)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def outside(self):
        """Requests to anywhere but the server."""
        local = (self.address, "data:", "blob:" + self.address)
        return [url for url in self.requests if not url.startswith(local)]


@pytest.fixture
def visit(chromium, server):
    visitors = []

    def visit(address=server, **context):
        visitors.append(Visitor(chromium, address, **context))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.context.close()
        assert visitor.errors == []
        assert visitor.outside() == [], "nothing may leave the machine"
