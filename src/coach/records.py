"""The records that travel between layers: frozen, plain, without behaviour beyond small conveniences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["added", "updated", "unchanged", "removed", "failed"]


@dataclass(frozen=True, slots=True)
class DroppedLine:
    """A line that cleaning took out. `line_no` counts from 1 in the decoded source; `rule` is a stable rule name."""

    line_no: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Document:
    """One file or page after reading, before cleaning.

    Attributes:
        text: Markdown-like plain text; lines end with a line feed.
        title: Title from front matter, metadata or the first heading; may be "".
        topics: Topics from the front matter.
        language: "zh", "en" or "" if not stated.
        difficulty: 1 (easy) to 3 (hard) by the front matter; 0 if not stated.
        pages: For paged sources, (offset in `text` where the page starts, page number), ascending.
        dropped: Lines that the reader itself took out (running headers, navigation).
    """

    text: str
    title: str = ""
    topics: tuple[str, ...] = ()
    language: str = ""
    difficulty: int = 0
    pages: tuple[tuple[int, int], ...] = ()
    dropped: tuple[DroppedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of clean text: a question with its answer, or text that belongs to no question.

    Attributes:
        question: The question, without its number or heading marks; "" for text without a question.
        answer: The text under the question (may be ""), or the text itself when there is no question.
        headings: Titles of the chapters above it, outermost first.
        line_no: Line (from 1) in the decoded source where it starts.
        page: Page number for paged sources, else None.
        topics: Topics of its own, beside those of the article.
    """

    question: str
    answer: str
    headings: tuple[str, ...] = ()
    line_no: int = 1
    page: int | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage-sized piece of a section, before it is stored. `start`, `end` are offsets in the section's answer."""

    text: str
    start: int
    end: int
    line_no: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """An article file turned into what is stored: clean sections and a record of every dropped line."""

    title: str
    topics: tuple[str, ...]
    language: str
    text: str
    sections: tuple[Section, ...]
    dropped: tuple[DroppedLine, ...]
    difficulty: int = 0


@dataclass(frozen=True, slots=True)
class Article:
    """A stored article. `source` is the path (relative to its folder) or URL; `sources` also names exact duplicates."""

    id: str
    title: str
    source: str
    topics: tuple[str, ...] = ()
    language: str = ""
    questions: int = 0
    passages: int = 0
    ingested_at: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A stored question. `answer` may be ""; `article` is the article's id.

    `difficulty` is 1 (easy) to 3 (hard), by the article's front matter; 0 if it states none.
    """

    id: str
    text: str
    answer: str
    article: str
    topics: tuple[str, ...] = ()
    title: str = ""
    headings: tuple[str, ...] = ()
    language: str = ""
    difficulty: int = 0

    @property
    def answered(self) -> bool:
        """Whether the article holds an answer."""
        return bool(self.answer.strip())


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage: what retrieval finds and citations point to.

    `text` is a slice of the clean article; `source` is the article's path or URL with `:line` or `#page=N` behind it.
    """

    id: str
    text: str
    question: str
    article_id: str
    title: str
    source: str
    question_id: str = ""
    headings: tuple[str, ...] = ()
    ordinal: int = 0
    line_no: int = 1
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage, with scores in 0..1.

    Attributes:
        passage: What was found.
        score: Both rankers fused; only its order means something.
        dense: Cosine of question and passage, cut at 0.
        keyword: BM25 as a share of the highest score that any passage could reach for this question.
    """

    passage: Passage
    score: float
    dense: float = 0.0
    keyword: float = 0.0


@dataclass(frozen=True, slots=True)
class Citation:
    """`[number]` in an answer. `quote` is the supporting sentence, at `start:end` of the passage; `support` is 0..1."""

    number: int
    passage: Passage
    quote: str
    start: int
    end: int
    support: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer. `nearest` names questions that the articles do answer, filled when the coach abstained."""

    text: str
    citations: tuple[Citation, ...] = ()
    abstained: bool = False
    nearest: tuple[Question, ...] = ()
    question: str = ""
    writer: Literal["extractive", "llm", "none"] = "extractive"
    confidence: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hits:
    """Event: what was retrieved, before any text."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Event: a piece of the answer's text; the pieces joined are the draft, `Done.answer.text` is the checked one."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """Event: the checked answer; always the last one."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Preview:
    """The checked extractive answer, which stands until a language model's own answer replaces it."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Waiting:
    """Before a model's first word: `place` requests go before this one, `seconds` are expected until it (if known)."""

    place: int = 0
    seconds: float | None = None


Event = Hits | Preview | Waiting | Text | Done


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation."""

    role: Literal["user", "coach"]
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """One article's outcome while ingest runs. `article` is its source; `reason` explains "failed" and "removed"."""

    article: str
    status: Outcome
    reason: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an ingest changed. Articles are named by source; `missing` ones have no file any more and are kept.

    A changed question has the same text as before and another answer.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    questions_added: tuple[Question, ...] = ()
    questions_changed: tuple[Question, ...] = ()
    questions_removed: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two articles answer the same question, and one sentence of each can't be true together with the other.

    `kind` tells what they differ in: a number, a name, or a negation.
    """

    first: Question
    second: Question
    first_sentence: str
    second_sentence: str
    kind: Literal["number", "name", "negation"]


@dataclass(frozen=True, slots=True)
class Status:
    """What the coach has and uses. `model` is "" without a language model; `problems` are sentences for the user."""

    articles: int
    questions: int
    passages: int
    encoder: str
    model: str
    ingesting: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyPoint:
    """What a complete answer must say. `quote` is `reference[start:end]`, the words of the article; `text` is plain."""

    text: str
    quote: str
    start: int
    end: int
    kind: Literal["opening", "item", "number", "formula", "side", "claim"] = "claim"


Verdict = Literal["covered", "partial", "missed", "contradicted"]


@dataclass(frozen=True, slots=True)
class PointVerdict:
    """How an answer stands to a key point.

    Attributes:
        point: The point.
        verdict: A missed point has no words of the candidate, every other one has.
        said: The candidate's words, a slice of the answer; "" if missed.
        source: The words of the article.
        confidence: How sure the verdict is, 0..1.
        reason: What is contradicted: "number", "formula", "negation", "opposite" or "swapped"; else "".
    """

    point: KeyPoint
    verdict: Verdict
    said: str
    source: str
    confidence: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Grade:
    """A graded answer: `score` is 0..1; `remarks` are sentences for the candidate, in the question's language."""

    score: float
    points: tuple[PointVerdict, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question about one point that was missed, vague or contradicted; `quote` is shown after the answer only."""

    text: str
    point: KeyPoint
    asks: Literal["term", "cause", "number", "formula", "side", "correction", "detail"]
    quote: str


def drain(events: Sequence[Event]) -> Answer:
    """Return the checked answer out of a finished stream of events."""
    for event in reversed(events):
        if isinstance(event, Done):
            return event.answer
    raise ValueError("the stream ended without Done")
