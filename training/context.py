"""A small transformer that reads the question: does context help the bundled table?

python -m training.context --data FOLDER

Passages stay what the table makes of them, so that ingest keeps its speed and its index. A question's token vectors are
weighted and shifted by a transformer that starts without effect (its last layers are zero). It is trained as the table
was (InfoNCE, half of the batches neighbours), and the development sets are measured by cosine alone every 100 steps.
The product has no such model: it won nothing, see docs/encoder.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from coach.index.encoder import FADE, load_encoder
from training.data import half, read_dev_sets, read_pairs
from training.evaluate import measure
from training.static import Bags, Ints, Recipe, Sampler

WIDTH = 256
HEADS = 4
LONGEST = 32  # tokens of a question that are read; few are longer
EVERY = 100  # steps between two measurements


class Reader(nn.Module):
    """Token vectors of questions → one vector each; at first exactly the table's weighted mean."""

    def __init__(self, table: Tensor, *, layers: int) -> None:
        """`table` is (tokens, dimension) and stays as it is."""
        super().__init__()
        self.table, self.rms = table, float(table.norm(dim=1).mean())
        self.inward = nn.Linear(table.shape[1], WIDTH)
        self.places = nn.Parameter(torch.randn(LONGEST, WIDTH) * 0.02)
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 2 * WIDTH, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, nn.LayerNorm(WIDTH), enable_nested_tensor=False)
        self.shift, self.weight = nn.Linear(WIDTH, table.shape[1]), nn.Linear(WIDTH, 1)
        for last in (self.shift, self.weight):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        """Embed (n, length) ids of which `real` are no padding: (n, dimension), unit length."""
        vectors = self.table[ids]
        inward = self.inward(8 * normalize(vectors, dim=-1)) + self.places[: ids.shape[1]]
        read = self.layers(inward, src_key_padding_mask=~real)
        vectors = vectors * self.weight(read).clamp(-3, 3).exp() + self.rms * self.shift(read)
        fade = real / (1 + torch.arange(ids.shape[1]) / FADE)
        return normalize((vectors * fade[:, :, None]).sum(1), dim=-1)


def padded(bags: Bags, rows: Ints, rng: np.random.Generator | None = None, drop: float = 0.0) -> tuple[Tensor, Tensor]:
    """Ids of the texts' first tokens and which of them are real, both (n, length); some are dropped, never all."""
    kept = []
    for row in rows:
        ids = bags.ids[bags.offsets[row] : bags.offsets[row + 1]][:LONGEST]
        keep = rng.random(len(ids)) >= drop if rng else np.ones(len(ids), bool)
        kept.append(ids[keep] if keep.any() else ids[:1])
    sizes = np.array([len(ids) for ids in kept])
    real = np.arange(sizes.max()) < sizes[:, None]
    padded_ids = np.zeros(real.shape, np.int64)
    padded_ids[real] = np.concatenate(kept)
    return torch.from_numpy(padded_ids), torch.from_numpy(real)


def main(argv: Sequence[str] | None = None) -> int:
    """Train, and print the loss and recall@5 / MRR@10 of each development set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with encoder/ and retrieval/")
    parser.add_argument("--model", type=Path, default=Path("models/coach-encoder"), help="the table to start from")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--half", action="store_true", help="train on the half that `training.train --half` leaves out")
    args = parser.parse_args(argv)
    recipe, rng = Recipe(steps=args.steps, batch=args.batch, rate=args.rate), np.random.default_rng(0)
    torch.manual_seed(0)

    pairs = [pair for pair in read_pairs(args.data) if pair.source != "cedict-ts"]
    pairs = half(pairs, second=True) if args.half else pairs
    stored = load_file(args.model / "model.safetensors")
    table = stored["embeddings"] * stored["weights"].astype(np.float32)[:, None]
    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    left, right = (Bags(tokenizer, [getattr(pair, side) for pair in pairs]) for side in ("left", "right"))
    number: dict[str, int] = {}
    key = np.array([number.setdefault(pair.right, len(number)) for pair in pairs])
    encoder = load_encoder(str(args.model.resolve()), models=args.model)
    asked = [
        (dev, Bags(tokenizer, dev.queries), encoder.encode_passages(dev.passages)) for dev in read_dev_sets(args.data)
    ]
    reader = Reader(torch.from_numpy(table), layers=args.layers)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=recipe.rate, weight_decay=0.05)
    sampler = Sampler(pairs, recipe, rng)

    def passages(rows: Ints) -> NDArray[np.float32]:
        vectors = right.take(rows, len(table), rng) @ table
        return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)

    def neighbours(rows: Ints) -> NDArray[np.float32]:
        """The leading half of the numbers is enough to find them."""
        return np.concatenate(
            [passages(part)[:, : table.shape[1] // 2] for part in np.array_split(rows, 1 + len(rows) // 8192)]
        )

    def show(step: int, losses: Sequence[float]) -> None:
        seconds = time.process_time()
        line = f"step {step}, {seconds:.0f} s of processor time, loss {np.mean(losses) if losses else np.nan:.3f}"
        with torch.inference_mode():
            for dev, bags, known in asked:
                found = measure(reader(*padded(bags, np.arange(len(dev.queries)))).numpy() @ known.T, dev.gold)
                line += f"; {dev.name} {found['R@5']:.3f} / {found['MRR']:.3f}"
        print(line, flush=True)

    show(0, [])
    losses: list[float] = []
    for step in range(args.steps):
        rows = sampler.hard(neighbours, renew=False) if step % 2 else sampler.random()
        questions = reader(*padded(left, rows, rng, 2 * recipe.query_dropout * rng.random()))
        logits = recipe.scale * questions @ torch.from_numpy(passages(rows)).T
        same = torch.from_numpy(key[rows][:, None] == key[rows]).fill_diagonal_(False)
        logits, right_one = logits.masked_fill(same, -1e4), torch.arange(len(rows))
        loss = (cross_entropy(logits, right_one) + cross_entropy(logits.T, right_one)) / 2
        optimizer.param_groups[0]["lr"] = recipe.rate * min(1, (step + 1) / 40) * max(0.02, 1 - step / args.steps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        if (step + 1) % EVERY == 0:
            show(step + 1, losses)
            losses.clear()
    return 0


if __name__ == "__main__":
    sys.exit(main())
