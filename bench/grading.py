"""Grading beside plain measures: `python bench/grading.py DATA`, DATA holding LE, SR and stsbenchmark.

Prints, for every set, how well each measure agrees with human scores. On LE grading is cross-validated by question; on
SR and stsbenchmark it uses weights fitted without them ("carried over"), and the weights of the package. Times are
medians of the processor's time, which hold on a busy machine too, with the words of the references known.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from coach.config import Settings
from coach.index.encoder import Encoder, load_encoder
from coach.index.words import content_words
from coach.talk.grading import Weights, grade
from training.grading import (
    SHARE,
    Item,
    as_weights,
    cross_validated,
    features,
    fit,
    left_out,
    own_items,
    read_items,
    table,
)

LEVELS = 10
"""Steps of the scale for QWK: scores are rounded to tenths."""
Numbers = NDArray[np.float64]


def agreement(said: Sequence[float], scores: Sequence[float]) -> str:
    """Pearson, Spearman, RMSE and quadratic weighted kappa as cells of a table."""
    mine, human = np.array(said, float), np.array(scores, float)
    if mine.std() == 0:
        return "- | - | - | -"
    steps = [np.clip(np.rint(each * LEVELS), 0, LEVELS).astype(int) for each in (mine, human)]
    kappa = cohen_kappa_score(steps[0], steps[1], weights="quadratic", labels=list(range(LEVELS + 1)))
    rmse = float(np.sqrt(np.mean((np.clip(mine, 0, 1) - human) ** 2)))
    rank = spearmanr(mine, human).statistic
    return f"{np.corrcoef(mine, human)[0, 1]:.3f} | {rank:.3f} | {rmse:.3f} | {kappa:.3f}"


def plain_measures(items: Sequence[Item], encoder: Encoder) -> dict[str, list[float]]:
    """Length, word overlap with and without the question's words, and cosine."""
    said: dict[str, list[float]] = {
        "length": [],
        "word overlap": [],
        "word overlap, without question": [],
        "cosine": [],
    }
    for item in items:
        reference, answer, question = (
            set(content_words(text)) for text in (item.reference, item.answer, item.question)
        )
        said["length"].append(min(1.0, len(item.answer) / (len(item.reference) or 1)))
        said["word overlap"].append(len(reference & answer) / (len(reference) or 1))
        rest = reference - question
        said["word overlap, without question"].append(len(rest & answer) / (len(rest) or 1))
        first, second = encoder.encode_passages([item.reference, item.answer])
        said["cosine"].append(max(0.0, float(first @ second)))
    return said


def graded(items: Sequence[Item], encoder: Encoder, weights: Sequence[Weights | None]) -> list[float]:
    """The scores of the items."""
    return [
        grade(item.question, item.reference, item.answer, encoder=encoder, weights=each).score
        for item, each in zip(items, weights, strict=True)
    ]


def spent_ms(items: Sequence[Item], encoder: Encoder) -> float:
    """Median of the processor's milliseconds for an answer."""
    times = []
    for item in items:
        begun = time.process_time()
        grade(item.question, item.reference, item.answer, encoder=encoder)
        times.append(time.process_time() - begun)
    return 1000 * median(times)


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with LE, SR and stsbenchmark")
    encoder = load_encoder("bundled", models=Settings().models)
    sets = read_items(parser.parse_args().data)
    rows = {name: [features(item, encoder) for item in items] for name, items in sets.items()}
    tables = {name: table(rows[name], [item.score for item in items]) for name, items in sets.items()}
    others = [(tables[name], SHARE[name]) for name in tables if name != "LE"]
    mine = own_items()
    absent = left_out(encoder)
    own = table([features(item, encoder) for item in mine], [item.score for item in mine])
    for name, items in sets.items():
        measures = plain_measures(items, encoder)
        if name == "LE":
            measures["grading, by question"] = graded(
                items, encoder, cross_validated(items, rows[name], own, absent, others)
            )
        else:
            alone = as_weights(fit([tables["LE"], own], absent, []))
            measures["grading, fitted without it"] = graded(items, encoder, [alone] * len(items))
        measures["grading, as in the package"] = graded(items, encoder, [None] * len(items))
        spent = spent_ms(items, encoder)
        scores = [item.score for item in items]
        sys.stdout.write(
            f"\n{name}: {len(items)} answers, {len({item.group for item in items})} groups, "
            f"{spent:.1f} ms an answer\n\n"
            "| measure | Pearson | Spearman | RMSE | QWK |\n|---|---|---|---|---|\n"
        )
        for measure, said in measures.items():
            sys.stdout.write(f"| {measure} | {agreement(said, scores)} |\n")
    said = graded(mine, encoder, [None] * len(mine))
    spent = spent_ms(mine, encoder)
    sys.stdout.write(f"\nown answers to the bundled articles (fitted): {len(mine)}, {spent:.1f} ms an answer, ")
    sys.stdout.write(f"Pearson {np.corrcoef(said, [item.score for item in mine])[0, 1]:.3f}\n")


if __name__ == "__main__":
    main()
