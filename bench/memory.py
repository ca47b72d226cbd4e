"""Memory that a model really takes, beside the catalogue's formula: `python -m bench.memory`.

Pages of the file are counted apart: the system can drop them. llama.cpp copies many matrices into an order that suits
the processor and doesn't look at their pages again, so a file may be in memory nearly twice as long as there is room.
"""

import argparse
import multiprocessing
import tempfile
from pathlib import Path

from bench.llm import SHAPES
from coach.llm.catalog import memory_needed
from coach.llm.gguf import read_header
from coach.llm.llama import LlamaChat
from tests.support.tiny_gguf import write_tiny_gguf


def resident() -> tuple[int, int]:
    """Bytes of this process that are in memory: its own, and pages of files (Linux)."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    own, file = (int(text.split(f"{name}:")[1].split()[0]) * 1024 for name in ("RssAnon", "RssFile"))
    return own, file


def main() -> None:
    """Make a model of a real shape, chat with it, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=list(SHAPES), default="0.5b")
    parser.add_argument("--context", type=int, default=4096)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        options = {**SHAPES[arguments.shape], "quantized": True, "context": 2 * arguments.context}
        # In a process of its own, so that what making it takes is not counted.
        maker = multiprocessing.get_context("spawn").Process(target=write_tiny_gguf, args=(path,), kwargs=options)
        maker.start()
        maker.join()
        header = read_header(path)
        chat = LlamaChat(model=str(path), context=arguments.context, threads=1, max_tokens=4, temperature=0)
        before = resident()
        chat.load()
        list(chat.stream("a word " * (arguments.context // 10)))
        own, file = (after - start for after, start in zip(resident(), before, strict=True))
        needed = memory_needed(header.size, header.kv_bytes, arguments.context, header.vocabulary)
        chat.close()
    print(f"{arguments.shape}, context {arguments.context}: file {header.size / 1e6:.0f} MB")
    print(f"formula {needed / 1e6:.0f} MB; taken {own / 1e6:.0f} MB and {file / 1e6:.0f} MB of pages of the file")


if __name__ == "__main__":
    main()
