"""How soon a local model begins to speak after an answer: `python -m bench.interview`.

While the candidate types, the model reads the prompt with the draft; after the answer was sent, only its rest is new.
The time to the first token is held against a bare loop over llama.cpp that reads as many tokens as the answer has. The
model has the shape of a real one and random weights. What counts is the last column: both sides of it are measured in
turn, so other programs slow them down alike.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

from langchain_core.messages import BaseMessage, HumanMessage

from bench.llm import SHAPES, bare
from coach.llm.llama import LlamaChat
from coach.llm.setup import default_threads
from coach.records import FollowUp, Grade, KeyPoint
from coach.talk.events import Answered, Assessed, Item, Plan, Started
from coach.talk.interview import Interview, begin, step
from coach.talk.speaking import prepare
from coach.talk.speaking_prompts import listening_messages, turn_messages
from tests.support.tiny_gguf import write_tiny_gguf

QUESTION = "为什么注意力要除以 √d_k？"
ANSWER = (
    "q 和 k 的各分量独立、均值为 0、方差为 1 时，点积的方差等于 d_k，维度越大点积就越大，softmax 会饱和，梯度接近 0。"
    "除以根号 d_k 之后方差回到 1，训练就稳定了。第 {round} 次这样说。"
)


def started() -> Interview:
    """An interview at its first question."""
    return begin(Started(Plan(count=1, language="zh"), ((Item("q", QUESTION, "方差。", "attention"),),)))


def asking(answer: str) -> Interview:
    """An interview at the follow-up after an answer."""
    point = KeyPoint("softmax 饱和", "softmax 饱和", 0, 10)
    heard = step(started(), Answered(answer))
    return step(heard, Assessed(Grade(0.5, ()), FollowUp("这背后的道理是什么？", point, "cause", "")))


def first_token(chat: LlamaChat, messages: list[BaseMessage]) -> tuple[float, int, int]:
    """Seconds to the first text, tokens of the prompt, and how many of them were already read."""
    begun, first, usage = time.perf_counter(), 0.0, None
    for chunk in chat.stream(messages, max_tokens=8, citations=0):
        first = first or (time.perf_counter() - begun if chunk.content else 0.0)
        usage = chunk.usage_metadata or usage
    if usage is None or not first:
        raise RuntimeError("the random model said nothing: choose another --seed")
    return first, usage["input_tokens"], usage["input_token_details"]["cache_read"]


def main() -> None:
    """Write the model, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="0.5b")
    parser.add_argument("--threads", type=int, default=default_threads())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        write_tiny_gguf(path, quantized=True, context=4096, seed=options.seed, **SHAPES[options.shape])
        chat = LlamaChat(model=str(path), threads=options.threads, max_tokens=8, seed=options.seed, temperature=1.0)
        chat.load()
        before = chat.count_tokens(listening_messages(started(), ""))
        found: dict[str, list[tuple[float, float, int, int]]] = {}
        for number in range(3 * options.rounds):
            drafts = {"nothing was read": 0.0, "half was typed": 0.5, "all was typed": 1.0}
            name = list(drafts)[number % 3]
            answer = ANSWER.format(round=number)
            first_token(chat, [HumanMessage(f"{number} again")])  # nothing of the round before is left to go on from
            interview = asking(answer)
            if drafts[name]:
                prepare(started(), answer[: int(len(answer) * drafts[name])], chat)
                chat.load().wait()
            seconds, tokens, reused = first_token(chat, turn_messages(interview, len(interview.lines) - 1))
            own = tokens - before
            read = bare(path, prompt=own, written=1, threads=options.threads, context=4096).read
            found.setdefault(name, []).append((seconds, read, tokens - reused, own))
        chat.close()
    print(f"{options.shape} Q4_0, {options.threads} thread(s), {before} tokens before the answer")
    print(f"{'':18}  first token s  tokens left  the answer's own  bare loop s  times the bare loop")
    for name, each in found.items():
        seconds, read, left, own = (median(column) for column in zip(*each, strict=True))
        ratio = median(one[0] / one[1] for one in each)
        print(f"{name:18}  {seconds:13.2f}  {left:11.0f}  {own:16.0f}  {read:11.2f}  {ratio:19.2f}")


if __name__ == "__main__":
    main()
