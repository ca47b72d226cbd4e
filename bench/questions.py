"""Measures question finding and cleaning against labels that a person made by reading the files.

    python bench/questions.py FOLDER [--held-out | --tuned] [--misses]

`bench/labels/questions.json` holds line numbers only. For each file: `questions` are [line, first and last line of the
answer] (null without an answer); `optional_lines` may or may not be questions and count neither way;
`advertising_lines` have to be dropped; `furniture_lines` (images, link lists, placeholders) may be; every other line is
content. `held_out` files were labelled before, and not looked at during, the work on the rules.
"""

import argparse
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coach.corpus.articles import read_article
from coach.corpus.parsing import SourceSection, parse

LABELS = Path(__file__).parent / "labels" / "questions.json"


@dataclass
class Score:
    """Counts of one file or of all."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    bounds: int = 0
    ads: int = 0
    ads_dropped: int = 0
    content: int = 0
    content_dropped: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Add another score's counts."""
        for name in ("right", "wrong", "missed", "bounds", "ads", "ads_dropped", "content", "content_dropped"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self) -> str:
        """One line of the table."""
        cells = [
            share(self.right, self.right + self.wrong),
            share(self.right, self.right + self.missed),
            share(self.bounds, self.right),
            share(self.ads_dropped, self.ads),
            f"{self.content_dropped}/{self.content}",
        ]
        return f"{self.right + self.missed:9d} " + " ".join(f"{cell:>10}" for cell in cells)


def share(part: int, whole: int) -> str:
    """A share with its counts, or "-" of nothing."""
    return f"{part / whole:.3f}" if whole else "-"


def score(folder: Path, label: dict[str, Any]) -> Score:
    """Compare one labelled file with what the parser makes of it."""
    path = folder / label["file"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != label["sha256"]:
        raise SystemExit(f"{path} is not the file that was labelled")
    document = read_article(path, max_bytes=2**30)
    parsed = parse(document, name=path.name)
    first, last = label["lines"]
    inside = range(first, last + 1)
    furniture = set(label["furniture_lines"]) | set(label["advertising_lines"])
    found = {s.line_no: s for s in parsed.sections if s.question and s.line_no in inside}
    wanted = {line: (start, end) for line, start, end in label["questions"]}
    result = Score()
    for line, bounds in wanted.items():
        if line not in found:
            result.missed += 1
            result.notes.append(f"missed {line}")
            continue
        result.right += 1
        actual = answer_bounds(found[line], furniture)
        if actual == bounds:
            result.bounds += 1
        else:
            result.notes.append(f"bounds of {line}: {bounds} labelled, {actual} found")
    extra = sorted(found.keys() - wanted.keys() - set(label["optional_lines"]))
    result.wrong = len(extra)
    result.notes += [f"no question {line}: {found[line].question[:60]}" for line in extra]
    texts = document.text.split("\n")
    dropped = {line.line_no for line in parsed.dropped if line.text.strip() and line.line_no in inside}
    ads = set(label["advertising_lines"])
    content = {n for n in inside if texts[n - 1].strip()} - furniture
    result.ads, result.ads_dropped = len(ads), len(ads & dropped)
    result.content, result.content_dropped = len(content), len(content & dropped)
    result.notes += [f"advertising kept {n}" for n in sorted(ads - dropped)]
    result.notes += [
        f"content dropped {line.line_no} ({line.rule})" for line in parsed.dropped if line.line_no in content
    ]
    return result


def answer_bounds(section: object, furniture: set[int]) -> tuple[int | None, int | None]:
    """First and last line of an answer, furniture and blank lines aside; (None, None) without an answer."""
    if not isinstance(section, SourceSection):
        raise TypeError("sections of `parse` know their lines")
    texts: Iterable[tuple[int, str]] = zip(section.lines, section.answer.split("\n"), strict=False)
    numbers = [n for n, text in texts if text.strip() and n not in furniture]
    return (numbers[0], numbers[-1]) if numbers else (None, None)


def main() -> None:
    """Print a row for each file and for all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder that holds the labelled files")
    parser.add_argument("--held-out", action="store_true", help="only files that no rule was tuned on")
    parser.add_argument("--tuned", action="store_true", help="only the other files")
    parser.add_argument("--misses", action="store_true", help="list every deviation")
    args = parser.parse_args()
    total = Score()
    print(f"{'questions':>9} {'precision':>10} {'recall':>10} {'bounds':>10} {'ads gone':>10} {'lost/lines':>10}")
    for label in json.loads(LABELS.read_text(encoding="utf-8"))["files"]:
        if (args.held_out and not label["held_out"]) or (args.tuned and label["held_out"]):
            continue
        result = score(args.folder, label)
        total.add(result)
        print(f"{result.row()}  {'*' if label['held_out'] else ' '} {label['file']}")
        if args.misses:
            print("".join(f"           {note}\n" for note in result.notes), end="")
    print(f"{total.row()}    all files (* held out)")


if __name__ == "__main__":
    main()
