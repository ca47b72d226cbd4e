"""An ingest in a process of its own, for disks that are full, limited or can't be written."""

from pathlib import Path

FILL = """
import sys
from pathlib import Path
from coach.config import Settings
from coach.errors import CoachError
from coach.service import Coach
from tests.support.encoders import HashedEncoder

if len(sys.argv) > 3:
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    settings = Settings(home=Path(sys.argv[1]), corpus=Path(sys.argv[2]), llm="none")
    with Coach(settings, encoder=HashedEncoder()) as coach:
        failed = [progress.reason for progress in coach.ingest() if progress.status == "failed"]
        assert not failed, failed
        encoder, vectors = coach._parts.backend()
        truth = coach._manifest.passage_ids()
        assert vectors.ids(encoder.fingerprint) == truth
        assert {article.questions for article in coach.articles()} == {8}
        print(len(truth), "whole")
except CoachError as error:
    print("error:", type(error).__name__, "in", error)
    sys.exit(2)
"""
"""Ingest ARGV[2] into the home ARGV[1], with files of at most ARGV[3] bytes if that is given; exit code 2: an error."""


def questions(corpus: Path, articles: int = 60) -> int:
    """Make articles of eight questions each; return how many questions there are."""
    corpus.mkdir()
    for number in range(articles):
        texts = (f"## 什么是主题{number}之{part}？\n\n第{part}号定义。{'内容很多。' * 40}\n" for part in range(8))
        (corpus / f"topic{number:03}.md").write_text("\n".join(texts), encoding="utf-8")
    return 8 * articles
