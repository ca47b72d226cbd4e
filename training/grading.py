"""Fit the weights of grading: `python -m training.grading DATA [--write]`, DATA holding LE, SR and stsbenchmark.

A point's credit is a logistic function of its features, an answer's score the mean over the points; both are fitted
end to end on scores that people gave. LE sets the scale for short references, `graded_answers.jsonl` for the bundled
articles. SR (no questions) and a sample of stsbenchmark only say which of two answers is nearer to its reference.
Prints Pearson by 5-fold cross-validation, grouped by question.
"""

import argparse
import csv
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from sklearn.model_selection import GroupKFold

from coach.config import Settings
from coach.index.encoder import Encoder, load_encoder
from coach.talk.grading import COVERED, NAMES, PARTIAL, WEIGHTS_FILE, Weights, measure
from coach.talk.keypoints import importance, key_points
from training.bundled import references

FOLDS = 5
SAMPLE = 500
"""Sentence pairs that are taken of stsbenchmark."""
OWN = Path(__file__).with_name("graded_answers.jsonl")
"""Answers to questions of the bundled articles; those in `tests/talk/graded_answers.jsonl` are never fitted."""
SHARE = {"LE": 1.0, "own": 1.0, "SR": 0.5, "stsbenchmark": 0.5}
ANCHORS = ("LE", "own")
"""Sets whose scores are taken as they are; so are the points that `left_out` takes out of references."""
EVERY = 3
"""Of so many questions of the articles one gives a point that was left out."""
LEFT_OUT = 0.3
"""Weight of those points."""
RIDGE = 0.003
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Item:
    """An answer with the score (0..1) that people gave; answers to one question share a group."""

    group: str
    question: str
    reference: str
    answer: str
    score: float


def read_items(folder: Path) -> dict[str, list[Item]]:
    """Read the graded sets below a folder; sets that are missing are left out."""
    found: dict[str, list[Item]] = {}
    if (folder / "LE").is_dir():
        questions = {row[0]: row[1] for row in _rows(folder / "LE" / "qa.csv")}
        found["LE"] = [
            Item(row[0], questions[row[0]], row[1], row[2], float(row[3])) for row in _rows(folder / "LE" / "train.csv")
        ]
    if (folder / "SR").is_dir():
        rows = [row for name in ("s_train_zh.csv", "s_eval_zh.csv") for row in _rows(folder / "SR" / name)]
        found["SR"] = [Item(row[6], "", row[7], row[1], float(row[3])) for row in rows]
    if (folder / "stsbenchmark").is_dir():
        rows = [row for row in _rows(folder / "stsbenchmark" / "dev_zh.csv") if len(row) >= 7]
        random.Random(0).shuffle(rows)
        found["stsbenchmark"] = [
            Item(str(place), "", row[5], row[6], float(row[4]) / 5) for place, row in enumerate(rows[:SAMPLE])
        ]
    return {name: [item for item in each if key_points(item.question, item.reference)] for name, each in found.items()}


def own_items(path: Path = OWN) -> list[Item]:
    """Read graded answers to questions of the bundled articles."""
    answers = references()
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Item(row["question"], row["question"], answers[row["question"]], row["answer"], row["score"]) for row in rows
    ]


def left_out(encoder: Encoder) -> "Table":
    """Points of the articles whose reference was given as the answer without them: none of them was said."""
    rows: list[Row] = []
    for place, (question, reference) in enumerate(list(references().items())[::EVERY]):
        points = key_points(question, reference)
        details = [point for point in points if point.kind != "opening"]
        if len(details) < 2:
            continue
        absent = details[place % len(details)]
        answer = "。".join(point.text for point in points if point != absent)
        found = measure(question, reference, answer, points, encoder)[points.index(absent)]
        rows.append((np.array([found.features]), np.ones(1)))
    return table(rows, [0.0] * len(rows))


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@dataclass(frozen=True, slots=True)
class Table:
    """The points of many answers: features (points, 1 + features), what each counts, where answers begin, scores."""

    features: Numbers
    counts: Numbers
    starts: NDArray[np.int64]
    scores: Numbers

    def predict(self, weights: Numbers) -> Numbers:
        """Mean credit of each answer."""
        credits = self.counts / (1 + np.exp(-np.clip(self.features @ weights, -30, 30)))
        return np.asarray(np.add.reduceat(credits, self.starts) / np.add.reduceat(self.counts, self.starts))


Row = tuple[Numbers, Numbers]
"""The features of an answer's points (points, features), and what each point counts."""


def table(rows: Sequence[Row], scores: Sequence[float]) -> Table:
    """Stack the points of many answers."""
    starts = np.cumsum([0, *(len(row) for row, _ in rows)])[:-1]
    stacked = np.concatenate([row for row, _ in rows])
    counts = np.concatenate([count for _, count in rows])
    return Table(np.hstack([np.ones((len(stacked), 1)), stacked]), counts, starts, np.array(scores))


def features(item: Item, encoder: Encoder) -> Row:
    """The features of every point of an item's reference, and what it counts."""
    points = key_points(item.question, item.reference)
    measured = measure(item.question, item.reference, item.answer, points, encoder)
    numbers = np.array([each.features for each in measured]).reshape(len(measured), len(NAMES))
    return numbers, np.array(importance(points))


def fit(anchors: Sequence[Table], absent: Table, others: Sequence[tuple[Table, float]]) -> Numbers:
    """Fit bias and weights: anchors as they are, absent points to nothing; of the others only the order counts."""

    def residuals(weights: Numbers) -> Numbers:
        out = [RIDGE * weights[1:]]
        out += [(each.predict(weights) - each.scores) / len(each.scores) ** 0.5 for each in anchors]
        out.append(absent.predict(weights) * (LEFT_OUT / len(absent.scores)) ** 0.5)
        for other, share in others:
            said, wanted = other.predict(weights), other.scores
            slope = max(0.2, np.cov(said, wanted)[0, 1] / (said.var() + 1e-4))
            out.append((wanted.mean() + slope * (said - said.mean()) - wanted) * (share / len(wanted)) ** 0.5)
        return np.concatenate(out)

    begin = np.zeros(1 + len(NAMES))
    begin[0] = -2
    return np.asarray(least_squares(residuals, begin).x)


def cross_validated(
    items: Sequence[Item], rows: Sequence[Row], own: Table, absent: Table, others: Sequence[tuple[Table, float]]
) -> list[Weights]:
    """For each item, the weights of a fit that saw no answer to its question."""
    chosen: list[Weights] = [Weights(0, ())] * len(items)
    for seen, held in GroupKFold(FOLDS).split(items, groups=[item.group for item in items]):
        weights = fit([table([rows[i] for i in seen], [items[i].score for i in seen]), own], absent, others)
        for i in held:
            chosen[i] = as_weights(weights)
    return chosen


def as_weights(values: Numbers) -> Weights:
    """Bias and weights as grading takes them."""
    return Weights(round(float(values[0]), 3), tuple(round(float(value), 3) for value in values[1:]))


def main() -> None:
    """Fit, cross-validate, and write the weights if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with LE, SR and stsbenchmark")
    parser.add_argument("--write", action="store_true", help="write the weights into the package")
    chosen = parser.parse_args()
    encoder = load_encoder("bundled", models=Settings().models)
    items = {**read_items(chosen.data), "own": own_items()}
    rows = {name: [features(item, encoder) for item in each] for name, each in items.items()}
    tables = {name: table(rows[name], [item.score for item in each]) for name, each in items.items()}
    others = [(tables[name], SHARE[name]) for name in tables if name not in ANCHORS]
    anchors = [tables[name] for name in ANCHORS]
    absent = left_out(encoder)
    held = cross_validated(items["LE"], rows["LE"], tables["own"], absent, others)
    said = [
        float(np.average(weights.credits(row), weights=counts))
        for weights, (row, counts) in zip(held, rows["LE"], strict=True)
    ]
    fitted = fit(anchors, absent, others)
    given = absent.predict(fitted)
    lines = [
        f"left out: {(given >= COVERED).mean():.2f} taken as covered, {(given >= PARTIAL).mean():.2f} as said in part",
        f"LE, by question: Pearson {np.corrcoef(said, tables['LE'].scores)[0, 1]:.3f}",
    ]
    alone = fit(anchors, absent, [])
    for name, each in tables.items():
        lines.append(
            f"{name}: fitted on all {np.corrcoef(each.predict(fitted), each.scores)[0, 1]:.3f}, "
            f"on LE and own alone {np.corrcoef(each.predict(alone), each.scores)[0, 1]:.3f}"
        )
    weights = as_weights(fitted)
    text = json.dumps({"bias": weights.bias, "weights": dict(zip(NAMES, weights.values, strict=True))}, indent=2)
    if chosen.write:
        WEIGHTS_FILE.write_text(text + "\n", "utf-8")
    sys.stdout.write("\n".join([*lines, text, ""]))


if __name__ == "__main__":
    main()
