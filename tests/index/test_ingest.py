import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.errors import CorpusError, IngestError
from coach.index.ingest import find_files
from coach.service import Coach
from tests.support.encoders import HashedEncoder

OpenCoach = Callable[..., Coach]


def same_ids(coach: Coach) -> bool:
    """Whether SQLite and Chroma hold the same passages."""
    encoder, vectors = coach._parts.backend()
    return coach._manifest.passage_ids() == vectors.ids(encoder.fingerprint)


def outcomes(coach: Coach, **options: bool) -> dict[str, str]:
    return {progress.article.rsplit("/", 1)[-1]: progress.status for progress in coach.ingest(**options)}


def test_only_changed_passages_are_embedded(open_coach: OpenCoach, corpus: Path) -> None:
    encoder = HashedEncoder()
    coach = open_coach(encoder=encoder)
    list(coach.ingest())
    before = encoder.passages_encoded
    article = corpus / "forgetting.md"
    article.write_text(article.read_text(encoding="utf-8").replace("变长的文本序列", "变长序列"), encoding="utf-8")
    assert outcomes(coach) == {"attention.md": "unchanged", "forgetting.md": "updated"}
    assert encoder.passages_encoded == before + 1
    assert same_ids(coach)


def test_a_renamed_file_keeps_ids(coach: Coach, corpus: Path) -> None:
    before = {question.id for question in coach.questions()}
    (corpus / "attention.md").rename(corpus / "moved.md")
    assert outcomes(coach) == {"moved.md": "unchanged", "forgetting.md": "unchanged"}
    assert {question.id for question in coach.questions()} == before
    assert {article.source for article in coach.articles()} == {"moved.md", "forgetting.md"}


def test_a_copy_is_stored_once_with_both_sources(coach: Coach, corpus: Path) -> None:
    (corpus / "copy.md").write_bytes((corpus / "attention.md").read_bytes())
    list(coach.ingest())
    assert len(coach.questions()) == 5
    assert ("attention.md", "copy.md") in {article.sources for article in coach.articles()}


def test_a_removed_file_stays_until_pruned(coach: Coach, corpus: Path) -> None:
    (corpus / "attention.md").unlink()
    assert outcomes(coach)["attention.md"] == "unchanged"
    assert coach.last_ingest is not None
    assert len(coach.last_ingest.missing) == 1
    assert len(coach.articles()) == 2
    assert outcomes(coach, prune=True)["attention.md"] == "removed"
    assert len(coach.articles()) == 1
    assert len(coach.last_ingest.questions_removed) == 3
    assert same_ids(coach)


def test_an_empty_corpus_never_empties_the_index(coach: Coach, corpus: Path) -> None:
    for file in corpus.iterdir():
        file.unlink()
    assert outcomes(coach, prune=True) == {}
    assert len(coach.articles()) == 2


def test_an_empty_corpus_keeps_its_articles_beside_added_ones(coach: Coach, corpus: Path) -> None:
    list(coach.add_text("量化", "## 什么是 GPTQ？\n\nGPTQ 逐层量化权重。\n"))
    for file in corpus.iterdir():
        file.unlink()
    assert coach.missing() == []
    assert "removed" not in outcomes(coach, prune=True).values()
    assert len(coach.articles()) == 3


def test_what_is_missing_is_what_pruning_removes(coach: Coach, corpus: Path) -> None:
    (corpus / "copy.md").write_bytes((corpus / "attention.md").read_bytes())
    list(coach.ingest())
    (corpus / "attention.md").unlink()
    assert coach.missing() == [], "a copy is still there"
    (corpus / "forgetting.md").unlink()
    missing = coach.missing()
    assert [article.title for article in missing] == ["微调"]
    list(coach.ingest(prune=True))
    assert not {article.id for article in coach.articles()} & {article.id for article in missing}
    assert coach.missing() == []


def test_failures_are_told_until_their_files_are_gone(coach: Coach, corpus: Path) -> None:
    broken = corpus / "broken.md"
    broken.write_bytes(b"\x00" * 10)
    list(coach.ingest())
    ((source, reason, moment),) = coach.failures()
    assert source == "broken.md" and reason and moment.startswith("2")
    broken.unlink()
    list(coach.ingest())
    assert coach.failures() == []


def test_questions_carry_the_difficulty_of_their_article(coach: Coach, corpus: Path) -> None:
    article = corpus / "hard.md"
    article.write_text("---\ndifficulty: 高级\n---\n## 什么是 ZeRO-3？\n\n参数也分片。\n", encoding="utf-8")
    list(coach.ingest())
    assert {q.text: q.difficulty for q in coach.questions() if q.difficulty} == {"什么是 ZeRO-3？": 3}
    article.write_text(article.read_text(encoding="utf-8").replace("高级", "easy"), encoding="utf-8")
    list(coach.ingest())
    assert {q.difficulty for q in coach.questions()} == {0, 1}


def test_the_summary_tells_new_and_changed_questions(coach: Coach, corpus: Path) -> None:
    (corpus / "new.md").write_text("## 什么是 LoRA？\n\nLoRA 冻结权重，训练低秩矩阵。\n", encoding="utf-8")
    list(coach.ingest())
    assert coach.last_ingest is not None
    assert [question.text for question in coach.last_ingest.questions_added] == ["什么是 LoRA？"]
    assert [Path(source).name for source in coach.last_ingest.added] == ["new.md"]


def test_a_broken_file_fails_alone_and_is_not_tried_again(coach: Coach, corpus: Path) -> None:
    (corpus / "broken.txt").write_bytes(bytes(range(256)) * 50)
    (corpus / "empty.md").write_text("")
    (corpus / "good.md").write_text("## 什么是 KV cache？\n\n缓存键和值。\n", encoding="utf-8")
    first = {p.article.rsplit("/", 1)[-1]: p for p in coach.ingest()}
    assert first["good.md"].status == "added"
    for name in ("broken.txt", "empty.md"):
        assert first[name].status == "failed"
        assert name in first[name].reason
    assert outcomes(coach)["broken.txt"] == "failed"
    (corpus / "broken.txt").write_text("问题1、什么是 RAG？\n检索增强生成。\n", encoding="utf-8")
    assert outcomes(coach)["broken.txt"] == "added"


def test_a_file_that_is_too_large_is_refused_in_words(open_coach: OpenCoach, corpus: Path) -> None:
    with (corpus / "large.md").open("wb") as file:
        file.truncate(2 * 1024 * 1024)
    coach = open_coach(update={"max_article_mb": 1})
    result = {p.article.rsplit("/", 1)[-1]: p for p in coach.ingest()}
    assert result["large.md"].status == "failed"
    assert "large.md" in result["large.md"].reason
    assert result["attention.md"].status == "added"


def test_vectors_that_were_deleted_come_back(coach: Coach) -> None:
    encoder, vectors = coach._parts.backend()
    vectors.delete(encoder.fingerprint, vectors.ids(encoder.fingerprint))
    coach._manifest.set_meta("reconciled", "")
    list(coach.ingest())
    assert same_ids(coach)


def test_a_vector_without_a_passage_is_ignored_and_deleted(coach: Coach) -> None:
    encoder, vectors = coach._parts.backend()
    vectors.upsert(encoder.fingerprint, ["ghost"], encoder.encode_passages(["灾难性遗忘"]))
    assert all(hit.passage.id != "ghost" for hit in coach.search("灾难性遗忘"))
    coach._manifest.set_meta("reconciled", "")
    list(coach.ingest())
    assert same_ids(coach)


def test_a_second_ingest_waits_or_says_so(open_coach: OpenCoach) -> None:
    first, second = open_coach(), open_coach()
    running = first.ingest()
    next(running)
    with pytest.raises(IngestError, match="Another ingest is running"):
        list(second._ingest.run([second.settings.corpus], whole=True, wait=0.1))
    list(running)
    assert outcomes(second) == {"attention.md": "unchanged", "forgetting.md": "unchanged"}


def test_an_ingest_that_is_abandoned_frees_the_lock(open_coach: OpenCoach) -> None:
    coach = open_coach()
    running = coach.ingest()
    next(running)
    running.close()
    assert set(outcomes(coach)) == {"attention.md", "forgetting.md"}


def test_questions_go_on_during_ingest(open_coach: OpenCoach, corpus: Path) -> None:
    for number in range(60):
        text = f"## 什么是主题{number}？\n\n第{number}号概念。\n\n## 主题{number}有什么用？\n\n用于{number}。\n"
        (corpus / f"topic{number:02}.md").write_text(text, encoding="utf-8")
    coach = open_coach()
    halves: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            halves.extend(article.questions for article in coach.articles() if article.source.startswith("topic"))
            coach.answer("什么是主题7？")

    reader = threading.Thread(target=look)
    reader.start()
    list(coach.ingest())
    done.set()
    reader.join()
    assert set(halves) <= {2}


def test_a_path_that_does_not_exist(coach: Coach, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="nowhere"):
        list(coach.ingest([tmp_path / "nowhere"]))


def test_a_single_file_can_be_ingested_and_removes_nothing(coach: Coach, tmp_path: Path) -> None:
    extra = tmp_path / "extra.md"
    extra.write_text("## 什么是 DPO？\n\n直接偏好优化。\n", encoding="utf-8")
    assert [progress.status for progress in coach.ingest([extra])] == ["added"]
    assert len(coach.articles()) == 3


def test_an_article_from_outside_the_corpus_stays_while_its_file_is_there(coach: Coach, tmp_path: Path) -> None:
    extra = tmp_path / "extra.md"
    extra.write_text("## 什么是 DPO？\n\n直接偏好优化。\n", encoding="utf-8")
    list(coach.ingest([extra]))
    assert coach.missing() == []
    assert "removed" not in outcomes(coach, prune=True).values()
    assert coach.last_ingest is not None
    assert coach.last_ingest.missing == ()
    assert len(coach.articles()) == 3
    extra.unlink()
    assert [article.title for article in coach.missing()] == ["extra"]
    assert outcomes(coach, prune=True)["extra.md"] == "removed"
    assert len(coach.articles()) == 2


def test_a_copy_of_an_article_from_outside_is_no_move(coach: Coach, corpus: Path, tmp_path: Path) -> None:
    extra = tmp_path / "extra.md"
    extra.write_text("## 什么是 DPO？\n\n直接偏好优化。\n", encoding="utf-8")
    list(coach.ingest([extra]))
    (corpus / "copy.md").write_bytes(extra.read_bytes())
    list(coach.ingest())
    assert (str(extra), "copy.md") in {article.sources for article in coach.articles()}


ODD_NAMES = (
    "😀.md", "quo'te\"s.md", "new\nline.md", "a..b.md", "<script>alert(1)<b>.md", "-rf.md", "$(touch x).md", "100%.md",
    "#hash?.md", "  spaces  .md", "\u202ertl.md", "x" * 252 + ".md", "CON.md", "nul\x01.md",
)  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_odd_names_are_only_names(coach: Coach, corpus: Path) -> None:
    for number, name in enumerate(ODD_NAMES):
        (corpus / name).write_text(f"## 什么是主题{number}？\n\n内容。\n", encoding="utf-8")
    results = outcomes(coach)
    assert {name for name, status in results.items() if status == "added"} == set(ODD_NAMES)
    assert {article.source for article in coach.articles()} >= set(ODD_NAMES)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_name_that_is_no_text_fails_alone(coach: Coach, corpus: Path) -> None:
    odd = os.fsdecode(os.fsencode(corpus) + b"/\xff.md")
    Path(odd).write_text("## 什么是 DPO？\n\n直接偏好优化。\n", encoding="utf-8")
    (corpus / "new.md").write_text("## 什么是 LoRA？\n\n低秩适配。\n", encoding="utf-8")
    for _ in range(2):
        last = list(coach.ingest())[-1]
        assert (last.status, last.done) == ("failed", last.total)
        assert "Rename the file" in last.reason
        last.article.encode()
        assert [source for source, _, _ in coach.failures()] == ["\\udcff.md"]
    assert len(coach.articles()) == 3
    Path(odd).rename(corpus / "good.md")
    assert outcomes(coach)["good.md"] == "added"
    assert coach.failures() == []


def test_files_are_found_once(corpus: Path) -> None:
    assert len(find_files([corpus, corpus / "attention.md", corpus])) == 2


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from coach.config import Settings
from coach.service import Coach
from tests.support.encoders import HashedEncoder

home, corpus, delay = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
with Coach(Settings(home=home, corpus=corpus, llm="none"), encoder=HashedEncoder()) as coach:
    coach.warm_up()
    threading.Timer(delay, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
    list(coach.ingest(prune=True))
"""


@pytest.mark.slow
def test_kill_at_any_moment_and_run_again(open_coach: OpenCoach, corpus: Path, tmp_path: Path) -> None:
    """Few moments here; `tests/hard` tries many."""
    for number in range(40):
        (corpus / f"topic{number:02}.md").write_text(f"## 什么是主题{number}？\n\n定义{number}。\n", encoding="utf-8")
    home = tmp_path / "home"
    killed = 0
    for delay in (0.02, 0.1, 0.3):
        code = subprocess.run(
            [sys.executable, "-c", KILLED, str(home), str(corpus), str(delay)],
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=False,
            timeout=120,
        ).returncode
        killed += code == -9
    coach = open_coach()
    list(coach.ingest())
    assert killed
    assert same_ids(coach)
    assert len(coach.articles()) == 42
    assert (
        json.dumps([article.questions for article in coach.articles() if article.source.startswith("t")]).count("1")
        == 40
    )
