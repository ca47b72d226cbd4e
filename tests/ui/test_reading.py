"""An ingest as the page follows it, and how it is told."""

import itertools

import pytest

from coach.records import IngestSummary, Progress, Question
from coach.ui.conversation import Stopping
from coach.ui.reading import Reading, follow, joined, readable, remaining
from coach.ui.render_reading import duration, reading_html, summary_html
from coach.ui.texts import EN, ZH
from tests.ui.test_markdown import HOSTILE
from tests.ui.test_render_library import NAMES, LibraryInspector


class Library:
    """Ingests of `sizes` articles each; tells which were closed before their end."""

    def __init__(self, *sizes):
        self.sizes, self.latest, self.closed = sizes, None, []

    def parts(self):
        return [self.ingest(number, size) for number, size in enumerate(self.sizes)]

    def ingest(self, number, size):
        try:
            for done in range(1, size + 1):
                yield Progress(f"{done}.md", "failed" if done % 2 else "added", "broken", done, size)
            self.latest = IngestSummary(questions_added=(Question(f"q{number}", "问", "答", "a"),))
        except GeneratorExit:
            self.closed.append(number)
            raise


def seconds(step):
    return map(lambda n: n * step, itertools.count()).__next__


def run(library, stopping=None, step=1.0):
    return list(follow(library.parts(), lambda: library.latest, stopping or Stopping(), now=seconds(step)))


def test_each_step_is_told_and_the_end_sums_up():
    library = Library(4, 2)
    steps = run(library)
    assert [step.last.done if step.last else 0 for step in steps] == [0, 1, 2, 3, 4, 1, 2, 2]
    assert steps[-1].stage == "done" and steps[-1].counts == {"failed": 3, "added": 3}
    assert [question.id for question in steps[-1].summary.questions_added] == ["q0", "q1"]


def test_thousands_of_articles_are_few_redraws_and_few_names():
    steps = run(Library(3000), step=0.001)
    assert len(steps) < 30
    assert len(steps[-1].failures) == 20 and steps[-1].counts["failed"] == 1500
    assert ZH.and_more.format(count=1480) in reading_html(steps[-1], ZH)


def test_stopping_closes_the_ingest_and_begins_no_other():
    library, stopping = Library(3, 3), Stopping()
    steps = []
    for step in follow(library.parts(), lambda: library.latest, stopping, now=seconds(1)):
        steps.append(step)
        stopping.asked = len(steps) == 2
    assert library.closed == [0] and steps[-1].stage == "stopped" and steps[-1].counts == {"failed": 1, "added": 1}
    assert steps[-1].summary is None


def test_an_old_summary_is_not_told_as_new():
    library = Library(0)
    library.latest = IngestSummary(added=("old.md",))
    library.parts = lambda: [iter_of_failures()]
    assert run(library)[-1].summary is None


def iter_of_failures():
    yield Progress("a.exe", "failed", "unknown", 0, 1)


def test_remaining_time():
    assert remaining(25, 100, 10.0) == 30.0
    assert remaining(1, 100, 0.1) is None and remaining(0, 100, 9.0) is None and remaining(5, 5, 9.0) is None
    assert duration(2, ZH) == "5 秒" and duration(33, ZH) == "35 秒" and duration(150, EN) == "2 min"
    reading = Reading(Progress("corpus/a.md", "added", "", 25, 100), {"added": 25}, left=30.0)
    html = reading_html(reading, ZH)
    assert "25/100 · a.md" in html and 'value="0.250"' in html and "约剩 30 秒" in html


def test_the_summary_names_questions_and_offers_a_quiz():
    new = tuple(Question(f"q{n}", f"问 {n}？", "答", "a") for n in range(10))
    summary = IngestSummary(questions_added=new, questions_removed=new[:1])
    html = summary_html(summary, EN)
    assert "10 questions new" in html and "1 question gone" in html and "问 7？" in html and "问 8？" not in html
    assert html.count('data-event="example_select"') == 1
    assert "data-event" not in summary_html(IngestSummary(questions_added=(Question("q", "问？", "", "a"),)), ZH)
    assert ZH.questions_same in summary_html(IngestSummary(), ZH)
    assert joined(None, summary) is summary


@pytest.mark.parametrize("text", [*HOSTILE, *NAMES])
def test_hostile_names(text):
    report = Progress(text, "failed", text, 1, 2)
    summary = IngestSummary(questions_added=(Question("q", text, text, "a", title=text),))
    for stage in ("reading", "done", "stopped"):
        html = reading_html(Reading(report, {"failed": 1}, (report,), 3.0, stage, summary), ZH)
        LibraryInspector().feed(html)
        html.encode("utf-8")


def test_only_articles_of_a_folder_are_read():
    files = ["a.md", "b.PDF", ".hidden.md", "~$c.docx", "d.png", "README"]
    assert readable(files) == ["a.md", "b.PDF"]
