"""Contrastive training of a static encoder: a text is the mean of its token vectors.

InfoNCE with the batch as negatives, both ways (van den Oord et al., 2018). Gradients are written out: with one sparse
product each way a step takes a third of the time that automatic differentiation takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from tokenizers import Tokenizer

from coach.index.encoder import FADE
from training.data import Pair

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What can be varied; the defaults are what the bundled encoder was trained with."""

    steps: int = 450
    batch: int = 2048
    rate: float = 0.004
    scale: float = 20.0  # inverse temperature of the softmax over cosines
    query_dropout: float = 0.4  # mean share of tokens dropped on the left, so that paraphrases are met
    passage_dropout: float = 0.2
    crop: tuple[int, int] = (48, 200)  # passages are cut to a random number of tokens in this range
    hard_share: float = 0.5  # of the batches made of neighbours, after the first `hard_start` of the steps
    hard_start: float = 0.2
    hard_renew: int = 500  # steps after which neighbours are computed anew
    cluster: int = 256  # pairs per cluster
    nested: int = 192  # leading numbers that are trained to stand alone in every fourth batch (Kusupati et al., 2022)
    whiten: float = 0.8  # power to which the teacher's principal components are evened out
    common: float = 1e-3  # weight common / (common + frequency) of a token at the start (Arora et al., 2017)
    seed: int = 0


class Bags:
    """Token ids of many texts in one flat array."""

    def __init__(self, tokenizer: Tokenizer, texts: list[str], *, cap: int = 200) -> None:
        """Tokenize the texts; `cap` is the most tokens kept of one."""
        rows: list[Ints] = []
        for start in range(0, len(texts), 10_000):
            for encoding in tokenizer.encode_batch_fast(texts[start : start + 10_000]):
                rows.append(np.array(encoding.ids[:cap] or [0], np.int64))
        self.ids = np.concatenate(rows)
        self.offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])])

    def take(
        self, rows: Ints, tokens: int, rng: np.random.Generator, *, drop: float = 0.0, crop: int | None = None
    ) -> csr_matrix:
        """The texts as a sparse matrix (rows, tokens) of weights that sum to one; a text keeps at least one token.

        A token weighs 1 / (1 + place / FADE), as in the product: texts say early what they are about.
        """
        starts, lengths = self.offsets[rows], np.diff(self.offsets)[rows]
        if crop is not None:
            lengths = np.minimum(lengths, crop)
        ends = np.cumsum(lengths)
        ids = self.ids[np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths)]
        owner = np.repeat(np.arange(len(rows)), lengths)
        weights = 1 / (1 + (np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)) / FADE)
        if drop:
            keep = rng.random(len(ids)) >= drop
            kept = np.bincount(owner[keep], minlength=len(rows))
            keep[(ends - lengths)[kept == 0]] = True
            ids, owner, weights = ids[keep], owner[keep], weights[keep]
        pointers = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(rows)))])
        weights /= np.bincount(owner, weights)[owner]
        return csr_matrix((weights.astype(np.float32), ids, pointers), shape=(len(rows), tokens))


def start_table(pieces: Floats, counts: Ints, recipe: Recipe, dimension: int) -> Floats:
    """Vectors to start from: the teacher's, centred, on principal axes evened out, rare tokens heavier."""
    seen = counts > 3
    centred = pieces - pieces.mean(0)
    _, strength, axes = np.linalg.svd(centred[seen] if seen.sum() > pieces.shape[1] else centred, full_matrices=False)
    turned = centred @ axes.T / np.maximum(strength, 1e-3 * strength[0]) ** recipe.whiten
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    table = np.zeros((len(pieces), dimension), np.float32)
    rng = np.random.default_rng(recipe.seed)
    table[:] = rng.normal(size=table.shape) * 0.02
    width = min(dimension, turned.shape[1])
    table[:, :width] = turned[:, :width]
    share = (counts + 1) / (counts.sum() + len(counts))
    table *= (recipe.common / (recipe.common + share)).astype(np.float32)[:, None]
    return table


def contrast(left: Floats, right: Floats, same: NDArray[np.bool_], scale: float) -> tuple[float, Floats, Floats]:
    """InfoNCE both ways over cosines; returns the loss and the gradients for both sides.

    Args:
        left: (n, d) vectors, not normalised.
        right: (n, d), row i belongs to row i of `left`.
        same: (n, n), True where two pairs share a text and so are no negatives.
        scale: Inverse temperature.
    """
    left_norm = np.linalg.norm(left, axis=1, keepdims=True) + 1e-9
    right_norm = np.linalg.norm(right, axis=1, keepdims=True) + 1e-9
    x, y = left / left_norm, right / right_norm
    logits = scale * (x @ y.T)
    chance = np.exp(logits - scale)
    chance[same] = 0
    by_row, by_column = chance.sum(1, keepdims=True), chance.sum(0, keepdims=True)
    n = len(x)
    loss = float((np.log(by_row).mean() + np.log(by_column).mean()) / 2 + scale - np.trace(logits) / n)
    pull = chance / by_row
    pull += chance / by_column
    pull *= scale / (2 * n)
    pull[np.arange(n), np.arange(n)] -= scale / n
    x_slope, y_slope = pull @ y, pull.T @ x
    x_slope -= x * (x * x_slope).sum(1, keepdims=True)
    y_slope -= y * (y * y_slope).sum(1, keepdims=True)
    return loss, x_slope / left_norm, y_slope / right_norm


class Sampler:
    """Rows of pairs for each step: random ones, or neighbours in the model's own space as hard negatives."""

    def __init__(self, pairs: list[Pair], recipe: Recipe, rng: np.random.Generator) -> None:
        """Dictionary pairs are many and short: half of the senses and an eighth of the spellings are met in a round."""
        self._recipe, self._rng = recipe, rng
        share = {"cedict": 0.5, "cedict-ts": 0.125}
        self._keep = np.array([share.get(pair.source, 1.0) for pair in pairs])
        self._texts = np.flatnonzero(self._keep == 1.0)
        self._words = np.flatnonzero(self._keep < 1.0)
        self._random: list[Ints] = []
        self._hard: list[Ints] = []

    def random(self) -> Ints:
        """The next batch of a random round."""
        if not self._random:
            rows = self._rng.permutation(np.flatnonzero(self._rng.random(len(self._keep)) < self._keep))
            self._random = list(np.array_split(rows, max(1, round(len(rows) / self._recipe.batch))))
        return self._random.pop()

    def hard(self, embed: Callable[[Ints], Floats], *, renew: bool) -> Ints:
        """The next batch of neighbours, with a fifth of dictionary pairs mixed in."""
        if renew or not self._hard:
            self._hard = list(self._neighbours(embed))
        return self._hard.pop()

    def _neighbours(self, embed: Callable[[Ints], Floats]) -> Iterator[Ints]:
        """Spherical k-means over the pairs; a batch is some clusters, one after the other."""
        rows, rng = self._texts, self._rng
        points = embed(rows)
        count = max(1, len(rows) // self._recipe.cluster)
        centres = points[rng.choice(len(rows), count, replace=False)]
        for _ in range(3):
            member = np.concatenate([(part @ centres.T).argmax(1) for part in np.array_split(points, 64)])
            sums = csr_matrix((np.ones(len(rows), np.float32), (member, np.arange(len(rows)))), (count, len(rows)))
            centres = sums @ points
            centres /= np.linalg.norm(centres, axis=1, keepdims=True) + 1e-9
        order = np.lexsort((rng.random(len(rows)), rng.permutation(count)[member]))
        words = min(self._recipe.batch // 5, len(self._words))
        batches = np.array_split(rows[order], max(1, len(rows) // (self._recipe.batch - words)))
        for i in rng.permutation(len(batches)):
            yield np.concatenate([batches[i], rng.choice(self._words, words, replace=False)])


def train(
    pairs: list[Pair],
    tokenizer: Tokenizer,
    table: Floats | Callable[[Ints], Floats],
    recipe: Recipe,
    report: Callable[[int, float, Floats], None],
) -> Floats:
    """Train the token table on the pairs.

    Args:
        pairs: Texts that belong together.
        tokenizer: Text → ids of the table's rows.
        table: The table to start from, (tokens, dimension), or what makes it from the tokens' counts.
        recipe: How to train.
        report: Called every 250 steps with the step, the mean loss since, and the table.

    Returns:
        The trained table, (tokens, dimension).
    """
    rng = np.random.default_rng(recipe.seed)
    tokens = tokenizer.get_vocab_size()
    left, right = Bags(tokenizer, [p.left for p in pairs]), Bags(tokenizer, [p.right for p in pairs])
    if callable(table):
        table = table(np.bincount(left.ids, minlength=tokens) + np.bincount(right.ids, minlength=tokens))
    number: dict[str, int] = {}
    left_key = np.array([number.setdefault(p.left, len(number)) for p in pairs])
    right_key = np.array([number.setdefault(p.right, len(number)) for p in pairs])
    weight = torch.nn.Parameter(torch.from_numpy(np.ascontiguousarray(table, np.float32)))
    weight.grad = torch.zeros_like(weight)
    current: Floats = weight.detach().numpy()
    optimizer = torch.optim.Adam([weight], lr=recipe.rate, fused=True)
    sampler = Sampler(pairs, recipe, rng)

    def embed(rows: Ints) -> Floats:
        parts = []
        for part in np.array_split(rows, max(1, len(rows) // 8192)):
            both = np.zeros((len(part), min(128, current.shape[1])), np.float32)
            for bags in (left, right):
                vectors = bags.take(part, tokens, rng) @ np.ascontiguousarray(current[:, : both.shape[1]])
                both += vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
            parts.append(both / (np.linalg.norm(both, axis=1, keepdims=True) + 1e-9))
        return np.concatenate(parts)

    losses: list[float] = []
    renewed = -recipe.hard_renew
    for step in range(recipe.steps):
        if step >= recipe.hard_start * recipe.steps and rng.random() < recipe.hard_share:
            renew = step - renewed >= recipe.hard_renew
            renewed = step if renew else renewed
            rows = sampler.hard(embed, renew=renew)
        else:
            rows = sampler.random()
        a = left.take(rows, tokens, rng, drop=2 * recipe.query_dropout * rng.random())
        crop = int(rng.integers(*recipe.crop, endpoint=True))
        b = right.take(rows, tokens, rng, drop=2 * recipe.passage_dropout * rng.random(), crop=crop)
        same = (left_key[rows][:, None] == left_key[rows]) | (right_key[rows][:, None] == right_key[rows])
        np.fill_diagonal(same, False)
        width = min(recipe.nested, current.shape[1]) if step % 4 == 3 else current.shape[1]
        x, y = a @ current, b @ current
        loss, x_slope, y_slope = contrast(x[:, :width], y[:, :width], same, recipe.scale)
        slope = vstack([a, b]).T.tocsr() @ np.concatenate([x_slope, y_slope])
        weight.grad.zero_()
        weight.grad[:, :width] = torch.from_numpy(slope)
        warm, cool = min(1.0, (step + 1) / 50), max(0.02, 1 - step / recipe.steps)
        optimizer.param_groups[0]["lr"] = recipe.rate * warm * cool
        optimizer.step()
        losses.append(loss)
        if (step + 1) % 250 == 0 or step + 1 == recipe.steps:
            report(step + 1, float(np.mean(losses)), current)
            losses.clear()
    return current
