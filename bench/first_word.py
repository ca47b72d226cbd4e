"""Time to the first word as a multiple of what its new tokens cost, and two chats at once : `bench.first_word`.

The model has a real shape, random weights and Qwen's vocabulary, see `bench.shapes`; made once and kept in `--cache`.
What new tokens cost is measured in the same run, by decoding as many on a bare context. The ratio of processor times
holds on a busy machine too; the ratio of times by the clock does not.
"""

import argparse
import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from bench.shapes import QUANTIZATIONS, SHAPES, write_shape
from coach.config import PROJECT
from coach.llm.engine import Engine
from coach.llm.llama import LlamaChat
from coach.llm.native import Native
from coach.llm.setup import BATCH, default_threads
from coach.talk.prompts import answer_messages

ANSWER = "注意力的时间复杂度是序列长度的平方 [1]。" * 4


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of the processor."""

    wall: float
    busy: float


def cost(act: Callable[[], None]) -> Cost:
    """Measure something."""
    wall, busy = time.perf_counter(), time.process_time()
    act()
    return Cost(time.perf_counter() - wall, time.process_time() - busy)


def bare(engine: Engine, count: int) -> Cost:
    """What so many tokens cost on a context of its own: batch after batch, and nothing else."""
    native = Native(engine.weights, context=4096, setup=engine.setup)
    tokens = [1000 + number * 37 % 100_000 for number in range(count)]
    native.decode(tokens[:8])  # the first decode also allocates
    native.truncate(0)

    def read() -> None:
        for start in range(0, count, BATCH):
            native.decode(tokens[start : start + BATCH])

    found = cost(read)
    native.close()
    return found


def first_word(chat: LlamaChat, messages: list[BaseMessage]) -> tuple[Cost, int]:
    """What it costs until the first text comes, and how many tokens of the prompt were new."""
    stream = chat.stream(messages, max_tokens=8)

    def wait() -> None:
        while not next(stream).text:
            pass

    found, usage = cost(wait), None
    for chunk in stream:
        usage = chunk.usage_metadata or usage
    if usage is None:
        raise RuntimeError("the model said nothing")
    return found, usage["input_tokens"] - usage["input_token_details"]["cache_read"]


def passages(number: int) -> str:
    """About 700 tokens of the bundled corpus, others for each number."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "corpus").glob("*.md")))
    return text[number * 1100 % (len(text) - 1100) :][:1100]


def turns(number: int) -> dict[str, list[BaseMessage]]:
    """The turns to measure, in their order; others for each number."""
    system = answer_messages("?", [], [], language="zh", texts=[])[0]
    spoken = SystemMessage("你是面试官。用一句话自然地引出下一题，不要改变题目。")

    def about(number: int, question: str) -> HumanMessage:
        return HumanMessage(f"【资料】\n[1] {passages(number)}\n\n【问题】\n{question}")

    first = [system, about(3 * number, "注意力为什么要缩放？")]
    second = [system, about(3 * number + 1, "LoRA 为什么省显存？")]
    on = [*first, AIMessage(ANSWER), HumanMessage("【问题】\n那多头呢？")]
    new = [system, about(3 * number + 2, "那多头呢？"), AIMessage(ANSWER), HumanMessage("【问题】\n再说一遍。")]
    return {
        "first question": first,
        "the same again": first,
        "asking on": on,
        "follow-up, new passages": new,
        "second conversation": second,
        "back to the first": on,
        "interview turn": [spoken, HumanMessage(passages(3 * number + 50)[:250])],
    }


def ratios(chat: LlamaChat, rounds: int) -> None:
    """Print each turn's time to the first word beside what its new tokens cost."""
    engine, found = chat.load(), dict[str, list[tuple[float, float, int, float]]]()
    first_word(chat, [turns(0)["first question"][0], HumanMessage("warm")])  # the system text's state is kept
    for number in range(rounds):
        for name, messages in turns(number + 1).items():
            taken, new = first_word(chat, messages)
            least = bare(engine, new)
            found.setdefault(name, []).append((taken.wall / least.wall, taken.busy / least.busy, new, taken.wall))
    print(f"{'':26}new tokens  seconds  ratio by the clock  ratio of processor time")
    for name, each in found.items():
        wall, busy, new, seconds = (statistics.median(values) for values in zip(*each, strict=True))
        print(f"{name:26}{new:10.0f}{seconds:9.2f}{wall:20.2f}{busy:25.2f}")


def at_once(path: Path, threads: int, rounds: int) -> None:
    """Print what two questions at once take, in turns on one context, and with a context each."""
    found: dict[int, list[tuple[float, float, float]]] = {1: [], 2: []}
    chats = {count: LlamaChat(model=str(path), threads=threads, contexts=count, seed=1) for count in found}
    for count, chat in chats.items():
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda text, chat=chat: chat.invoke(text, max_tokens=4), ("warm", "up")))
        print(f"{count} context(s) allowed, {len(chat.load().lanes)} opened")
    for number in range(rounds):
        for count, chat in chats.items():
            start, firsts = time.perf_counter(), list[float]()
            busy = time.process_time()

            def ask(text: str, chat: LlamaChat = chat, start: float = start, firsts: list[float] = firsts) -> None:
                stream = chat.stream(text, max_tokens=96, temperature=1.0)
                while not next(stream).text:
                    pass
                firsts.append(time.perf_counter() - start)
                for _ in stream:
                    pass

            with ThreadPoolExecutor(2) as pool:
                list(pool.map(ask, (passages(2 * number + 7)[:600], passages(2 * number + 8)[:600])))
            found[count].append((time.perf_counter() - start, max(firsts), time.process_time() - busy))
    print("two at once          both done s  second's first word s  processor s")
    for count, each in found.items():
        done, first, busy = (statistics.median(values) for values in zip(*each, strict=True))
        print(f"{'in turns' if count == 1 else 'a context each':20}{done:12.2f}{first:23.2f}{busy:13.2f}")
    for chat in chats.values():
        chat.close()


def main() -> None:
    """Make the model, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vocabulary", type=Path, required=True, help="ggml-vocab-qwen2.gguf, see bench.shapes")
    parser.add_argument("--cache", type=Path, required=True, help="folder where the models are kept")
    parser.add_argument("--shape", choices=SHAPES, default="0.5b")
    parser.add_argument("--quantization", choices=QUANTIZATIONS, default="q4_k_m")
    parser.add_argument("--threads", type=int, default=default_threads())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--llama-bench", type=Path, help="also run this llama-bench with the same model")
    options = parser.parse_args()
    path = options.cache / f"{options.shape}-{options.quantization}.gguf"
    if not path.is_file():
        options.cache.mkdir(parents=True, exist_ok=True)
        write_shape(path.with_suffix(".part"), options.shape, options.quantization, options.vocabulary).replace(path)
    print(f"{options.shape} {options.quantization}, {path.stat().st_size / 1e6:.0f} MB, {options.threads} thread(s)")
    states = options.cache / "states"
    chat = LlamaChat(model=str(path), threads=options.threads, seed=0, temperature=1.0, states=states)
    ratios(chat, options.rounds)
    speed = chat.speed
    if speed and speed.reading and speed.writing:
        print(f"of late {speed.reading:.1f} tokens/s read, {speed.writing:.1f} written")
    chat.close()
    if options.llama_bench:
        command = [options.llama_bench, "-m", path, "-t", str(options.threads), "-p", "512", "-n", "64", "-r", "3"]
        subprocess.run(command, check=True)
    at_once(path, options.threads, options.rounds)


if __name__ == "__main__":
    main()
