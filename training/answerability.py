"""Fit the evidence score: `python -m training.answerability --data FOLDER [--articles FOLDER …] [--test]`.

Questions are asked of the passages that answer them, of the same passages with the answering ones left out (near
topics), and of other sets' passages (far topics). Prints how well a fit on all other sets does on each set, and the
weights of the fit on all of them for `coach/index/evidence.py`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coach.config import PROJECT, Settings
from coach.index.calibration import reworded
from coach.index.encoder import Encoder, load_encoder
from coach.index.evidence import NAMES, Features, features, headed
from coach.index.memory import memory_search
from coach.index.search import Search
from coach.index.words import cut
from coach.records import Passage
from coach.service import Coach
from training.data import read_pairs

SAMPLE = 60
"""Questions that are tried of each set, and as many far ones."""


FOLDS = 5
REPEATS = 10
"""Weight of the questions that people wrote against those that were reworded by machine."""
REFUSED = 0.04
"""Share of the answerable written questions that the fit may refuse: sets the bias for passages with questions."""
WRITTEN = "written"


@dataclass
class Pool:
    """A set: a search over its passages, and questions with the ids of the passages that answer them."""

    name: str
    search: Search
    asked: list[tuple[str, set[str]]]
    heard: bool = True
    """Whether leaving the answer out can be noticed: not where even the answer is rarely found."""
    rows: list[tuple[float, ...]] = field(default_factory=list)
    heads: list[bool] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def measure(self, others: Sequence[str]) -> None:
        """Ask with and without the answering passages, and far questions."""
        for question, gold in self.asked:
            self._add("held", question, ())
            if self.heard:
                self._add("near", question, gold)
        for question in others:
            self._add("far", question, ())

    def _add(self, kind: str, question: str, without: Sequence[str] | set[str]) -> None:
        found = self.search.find(question, without=without)
        self.rows.append(astuple(features(question, found)))
        self.heads.append(headed(found))
        self.kinds.append(kind)


def read_pools(data: Path, articles: Sequence[Path], encoder: Encoder) -> Iterator[Pool]:
    """The development sets, bare and with their headings as questions; the bundled articles and others."""
    chance = random.Random(0)
    sets = {}
    for folder in sorted((data / "retrieval").iterdir()):
        corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text("utf-8").splitlines()]
        queries = [json.loads(line) for line in (folder / "queries.jsonl").read_text("utf-8").splitlines()]
        sets[folder.name] = (corpus, queries)
    plans = [("reading-zh", "reading-zh", None, False), ("interview-bare", "interview", None, False)]
    plans += [("interview", "interview", "interview", True), ("docs-en-to-zh-bare", "docs-en-to-zh", None, False)]
    plans += [("docs-en-to-zh", "docs-en-to-zh", "docs-mixed", False), ("docs-zh", "docs-en-to-zh", "docs-mixed", True)]
    plans += [("docs-zh-to-en", "docs-zh-to-en", "docs-mixed", False)]
    for name, folder, headings_of, reword in plans:
        corpus, queries = sets[folder]
        language = corpus[0]["id"].split("-")[0]
        headings = {
            gold: query["query"]
            for query in (sets[headings_of][1] if headings_of else [])
            for gold in query["gold"]
            if headings_of == "interview" or query["kind"] == language == gold.split("-")[0]
        }
        search, ids = memory_search([p["text"] for p in corpus], encoder, [headings.get(p["id"], "") for p in corpus])
        id_of = {passage["id"]: id_ for passage, id_ in zip(corpus, ids, strict=True)}
        asked = [(q["query"], {id_of[g] for g in q["gold"]}) for q in queries]
        if name == "docs-zh":
            asked = [(headings[p["id"]], {id_of[p["id"]]}) for p in corpus if p["id"] in headings]
        asked = chance.sample(asked, min(SAMPLE, len(asked)))
        strays = [word for q, _ in asked for word in cut(q)]
        asked = [(reworded(q, chance, strays) if reword else q, gold) for q, gold in asked]
        yield Pool(name, search, asked, heard=reword or name == "reading-zh")
    yield drcd(data, encoder, chance)
    for folder in (PROJECT / "corpus", *articles):
        coach = Coach(Settings(home=Path(tempfile.mkdtemp()), corpus=folder, llm="none"), encoder=encoder)
        list(coach.ingest())
        of: dict[str, list[Passage]] = {}
        for passage in coach.passages():
            if passage.question_id:
                of.setdefault(passage.question_id, []).append(passage)
        chosen = [of[id_] for id_ in chance.sample(sorted(of), min(SAMPLE, len(of)))]
        strays = [word for passages in chosen for word in cut(passages[0].question)]
        asked = [(reworded(ps[0].question, chance, strays), {p.id for p in ps}) for ps in chosen]
        yield Pool(folder.name, coach._search, asked)
        if folder == PROJECT / "corpus":
            yield written(coach)


def written(coach: Coach) -> Pool:
    """The questions in `tests/questions`, on the bundled articles."""
    folder = PROJECT / "tests" / "questions"
    cases = [json.loads(line) for line in (folder / "answerable.jsonl").read_text("utf-8").splitlines()]
    passages = coach.passages()
    asked = [(c["question"], {p.id for p in passages if re.search(c["passage"], p.question)}) for c in cases]
    pool = Pool(WRITTEN, coach._search, asked)
    lines = (folder / "unanswerable.jsonl").read_text("utf-8").splitlines()
    pool.measure([json.loads(line)["question"] for line in lines])
    return pool


def part(pool: Pool, rows: Sequence[int]) -> Pool:
    """Some rows of a pool."""
    chosen = Pool(pool.name, pool.search, [])
    for source, target in ((pool.rows, chosen.rows), (pool.kinds, chosen.kinds), (pool.heads, chosen.heads)):
        target.extend(source[row] for row in rows)  # type: ignore[attr-defined]
    return chosen


def train(pools: Sequence[Pool], own: Pool | None) -> dict[bool, tuple[NDArray[np.float64], float]]:
    """Fit both models; the written questions weigh more and set the bias of the one for passages with questions."""
    every = [*pools, *([own] * REPEATS if own else [])]
    models = {heads: fit(*select(every, heads=heads), heads=heads) for heads in (True, False)}
    if own:
        held = logits(own, models)[[kind == "held" for kind in own.kinds]]
        models[True] = (models[True][0], models[True][1] - float(np.quantile(held, REFUSED)))
    return models


def drcd(data: Path, encoder: Encoder, chance: random.Random) -> Pool:
    """Questions of DRCD's development part on its paragraphs."""
    pairs = [pair for pair in read_pairs(data) if pair.source == "drcd-dev"]
    texts = list(dict.fromkeys(pair.right for pair in pairs))
    search, ids = memory_search(texts, encoder)
    id_of = dict(zip(texts, ids, strict=True))
    asked = [(pair.left, {id_of[pair.right]}) for pair in chance.sample(pairs, SAMPLE)]
    return Pool("drcd", search, asked)


def select(pools: Sequence[Pool], *, heads: bool) -> tuple[NDArray[np.float64], list[str]]:
    """Rows and kinds of the passages with (or without) questions of their own."""
    chosen = [(r, k) for p in pools for r, k, h in zip(p.rows, p.kinds, p.heads, strict=True) if h is heads]
    return np.array([r for r, _ in chosen]), [k for _, k in chosen]


def logits(pool: Pool, models: dict[bool, tuple[NDArray[np.float64], float]]) -> NDArray[np.float64]:
    """Log odds of every row, by the model for its kind of passage."""
    return np.array([r @ models[h][0] + models[h][1] for r, h in zip(np.array(pool.rows), pool.heads, strict=True)])


SIGNS = Features(1, 1, 1, 1, 1, 1, -1, 1, -1, 0, 1, 1)
"""More of a feature never speaks the other way: bounds that keep a fit from using chance differences between sets."""
PENALTY = 0.002


def fit(rows: NDArray[np.float64], kinds: Sequence[str], *, heads: bool) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of a logistic regression in which held, near and far questions weigh alike."""
    from scipy.optimize import minimize

    share = {"held": 0.5, "near": 0.3, "far": 0.2}
    weight = np.array([share[kind] / kinds.count(kind) for kind in kinds])
    sign = np.array([1.0 if kind == "held" else -1.0 for kind in kinds])
    scale = rows.std(axis=0) + 1e-6
    unheard = () if heads else ("question", "own", "same")
    bounds = [(0.0, 0.0) if n in unheard else {1: (0, 9), -1: (-9, 0), 0: (-9, 9)}[getattr(SIGNS, n)] for n in NAMES]

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = sign * (rows / scale @ w[:-1] + w[-1])
        slope = -weight * sign / (1 + np.exp(margins))
        gradient = np.append(slope @ (rows / scale) + 2 * PENALTY * w[:-1], slope.sum())
        return float(weight @ np.logaddexp(0, -margins) + PENALTY * w[:-1] @ w[:-1]), gradient

    found = minimize(loss, np.zeros(len(NAMES) + 1), jac=True, bounds=[*bounds, (None, None)], method="L-BFGS-B").x
    return found[:-1] / scale, float(found[-1])


def report(pool: Pool, scores: NDArray[np.float64]) -> None:
    """Print false refusals, and AUC and balanced accuracy at threshold 0.5, near and far."""
    from sklearn.metrics import roc_auc_score

    cells = []
    held = scores[[kind == "held" for kind in pool.kinds]]
    for kind in ("near", "far"):
        other = scores[[k == kind for k in pool.kinds]]
        if not len(other):
            cells.append("    -     -")
            continue
        auc = roc_auc_score([1] * len(held) + [0] * len(other), np.concatenate([held, other]))
        cells.append(f"{auc:.3f} {((held >= 0).mean() + (other < 0).mean()) / 2:.3f}")
    print(f"{pool.name:20} {len(held):5d} {(held < 0).mean():.3f}   {cells[0]}   {cells[1]}")


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with retrieval/")
    parser.add_argument("--articles", type=Path, nargs="*", default=[], help="folders of articles beside corpus/")
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--save", type=Path, help="keep the measured features in this file")
    args = parser.parse_args(argv)
    encoder = load_encoder(args.model, models=PROJECT / "models")
    pools = list(read_pools(args.data, args.articles, encoder))
    chance = random.Random(1)
    own = next(pool for pool in pools if pool.name == WRITTEN)
    pools.remove(own)
    for pool in pools:
        family = pool.name.split("-")[0]
        far = [q for other in pools if other.name.split("-")[0] != family for q, _ in other.asked]
        pool.measure(chance.sample(far, SAMPLE))
        print(f"{pool.name}: {len(pool.rows)} rows", file=sys.stderr)
    if args.save:
        args.save.write_text(json.dumps([[p.name, p.rows, p.kinds, p.heads] for p in (*pools, own)]))
    print(
        f"{'fitted on the others':20} {'n':>5} {'false':>5}   {'near: AUC, balanced at 0.5, best':17}   far: the same"
    )
    for pool in pools:
        others = [p for p in pools if p.name.split("-")[0] != pool.name.split("-")[0]]
        report(pool, logits(pool, train(others, None if pool.name == "corpus" else own)))
    folds = [[row for row in range(len(own.rows)) if row // 2 % FOLDS == fold] for fold in range(FOLDS)]
    scores = np.zeros(len(own.rows))
    for fold in folds:
        rest = [row for row in range(len(own.rows)) if row not in fold]
        scores[fold] = logits(part(own, fold), train(pools, part(own, rest)))
    report(own, scores)
    models = train(pools, own)
    print("fitted on all")
    for pool in (*pools, own):
        report(pool, logits(pool, models))
    for heads, name in ((True, "HEADED"), (False, "BARE")):
        weights, bias = models[heads]
        print(f"{name} = Model({bias:.2f}, {Features(**dict(zip(NAMES, weights.round(2).tolist(), strict=True)))})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
