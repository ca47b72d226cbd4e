"""Speed of a local language model beside a bare loop over llama.cpp: `python -m bench.llm`.

The model has the shape of a real one and random weights, so its text is noise, but every token costs what a real one
costs. The processor time of a written token holds on a busy machine too; the speeds by the clock do not.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from coach.llm.llama import LlamaChat
from coach.llm.setup import default_threads
from tests.support.tiny_gguf import write_tiny_gguf

SHAPES = {
    "0.5b": {"width": 896, "layers": 24, "heads": 14, "kv_heads": 2, "feed": 4864, "vocab": 151936},
    "1.5b": {"width": 1536, "layers": 28, "heads": 12, "kv_heads": 2, "feed": 8960, "vocab": 151936},
}
"""Qwen2.5's shapes (https://huggingface.co/Qwen), with four-bit matrices (Q4_0)."""


def text(tokens: int, letter: str = "a") -> str:
    """A message of about so many tokens: the vocabulary has a token for each byte."""
    return (f"{letter} word " * tokens)[:tokens]


@dataclass(frozen=True)
class Speed:
    """Seconds by the clock (`wall`) and of the processor (`busy`), for reading the prompt and for one written token."""

    read: float
    wall: float
    busy: float
    reused: int = 0


def bare(path: Path, *, prompt: int, written: int, threads: int, context: int) -> Speed:
    """Measure a bare greedy loop over the C API."""
    from llama_cpp import llama_cpp as api

    model = api.llama_model_load_from_file(str(path).encode(), api.llama_model_default_params())
    params = api.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = context, 512, 512
    params.n_threads = params.n_threads_batch = threads
    held = api.llama_init_from_model(model, params)
    sampler = api.llama_sampler_init_greedy()

    def decode(tokens: list[int]) -> None:
        batch = (api.llama_token * len(tokens))(*tokens)
        if api.llama_decode(held, api.llama_batch_get_one(batch, len(tokens))):
            raise RuntimeError("llama_decode failed")

    tokens = [100 + n % 100 for n in range(prompt)]
    decode(tokens[:8])  # the first decode also allocates
    api.llama_memory_clear(api.llama_get_memory(held), True)
    start = time.perf_counter()
    for at in range(0, prompt, 512):
        decode(tokens[at : at + 512])
    token = api.llama_sampler_sample(sampler, held, -1)
    middle, busy = time.perf_counter(), time.process_time()
    for _ in range(written):
        decode([token])
        token = api.llama_sampler_sample(sampler, held, -1)
    end, busy = time.perf_counter(), time.process_time() - busy
    api.llama_sampler_free(sampler)
    api.llama_free(held)
    api.llama_model_free(model)
    return Speed(middle - start, (end - middle) / written, busy / written)


def ask(chat: LlamaChat, message: str, written: int, citations: int | None = None) -> Speed:
    """Measure one streamed answer."""
    start = time.perf_counter()
    first = last = busy_first = busy_last = 0.0
    usage = None
    for chunk in chat.stream(message, max_tokens=written, citations=citations):
        if chunk.content:
            last, busy_last = time.perf_counter(), time.process_time()
            first, busy_first = first or last, busy_first or busy_last
        usage = chunk.usage_metadata or usage
    if usage is None or last == first:
        raise RuntimeError("the random model said nothing: choose another --seed")
    tokens = usage["output_tokens"] - 1
    reused = usage["input_token_details"]["cache_read"]
    return Speed(first - start, (last - first) / tokens, (busy_last - busy_first) / tokens, reused)


def stop_ms(chat: LlamaChat, message: str, wait: float) -> float:
    """Milliseconds from closing a stream, `wait` seconds after its start, to the model being free again."""
    stream = chat.stream(message)
    start = time.perf_counter()
    for _ in stream:
        if time.perf_counter() - start > wait:
            break
    closing = time.perf_counter()
    stream.close()
    chat.load().wait()
    return 1000 * (time.perf_counter() - closing)


def best(speeds: list[Speed]) -> Speed:
    """The best of each figure: other programs only make things slower."""
    return Speed(
        min(speed.read for speed in speeds),
        min(speed.wall for speed in speeds),
        min(speed.busy for speed in speeds),
        speeds[-1].reused,
    )


def main() -> None:
    """Write the model, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="0.5b")
    parser.add_argument("--prompt", type=int, default=1024, help="tokens of the prompt")
    parser.add_argument("--written", type=int, default=128, help="tokens to write")
    parser.add_argument("--threads", type=int, default=default_threads())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    prompt, written, letters = options.prompt, options.written, count()
    with tempfile.TemporaryDirectory() as folder:
        path = write_tiny_gguf(
            Path(folder) / "model.gguf", quantized=True, context=4096, seed=options.seed, **SHAPES[options.shape]
        )
        chat = LlamaChat(
            model=str(path), threads=options.threads, max_tokens=written, seed=options.seed, temperature=1.0
        )

        def new(tokens: int = prompt) -> str:
            return f"{next(letters):04}" + text(tokens)

        start = time.perf_counter()
        chat.load()
        print(f"{options.shape} Q4_0, {path.stat().st_size / 1e6:.0f} MB, {options.threads} thread(s)")
        print(f"load {time.perf_counter() - start:.2f} s")
        ask(chat, "warm", 8)
        speeds: dict[str, list[Speed]] = {}
        size = {"prompt": prompt, "written": written}
        for _ in range(options.rounds):
            for name, act in {
                "bare loop": lambda: bare(path, threads=options.threads, context=4096, **size),
                "LlamaChat": lambda: ask(chat, new(), written),
                "LlamaChat, citations=4": lambda: ask(chat, new(), written, citations=4),
            }.items():
                speeds.setdefault(name, []).append(act())
            ask(chat, "same" + text(prompt), 8)
            speeds.setdefault("the same prompt again", []).append(ask(chat, "same" + text(prompt), 8))
            ask(chat, new(64), 8)
            speeds.setdefault("again, after another", []).append(ask(chat, "same" + text(prompt), 8))
        print(f"{'best of ' + str(options.rounds):24}  prompt/s  written/s  processor ms/token  first text s  reused")
        for name, all_rounds in speeds.items():
            speed = best(all_rounds)
            rate = f"{prompt / speed.read:8.1f}" if speed.reused < prompt // 2 else f"{'-':>8}"
            spent = f"{1 / speed.wall:9.1f}  {1000 * speed.busy:18.2f}"
            print(f"{name:24}  {rate}  {spent}  {speed.read:12.3f}  {speed.reused:6d}")
        reading = min(stop_ms(chat, new(), 0.3) for _ in range(options.rounds))
        writing = min(stop_ms(chat, "same" + text(prompt), 0.3) for _ in range(options.rounds))
        print(f"stopped while reading after {reading:.1f} ms, while writing after {writing:.1f} ms")
        chat.close()


if __name__ == "__main__":
    main()
