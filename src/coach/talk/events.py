"""What a person chose for a mock interview, and all that can happen in it. `at` is in seconds since the epoch."""

from dataclasses import dataclass
from typing import Literal

from coach.records import FollowUp, Grade

Manner = Literal["friendly", "strict", "panel"]
Difficulty = Literal["adaptive", "easy", "medium", "hard"]
Language = Literal["zh", "en"]
LEVELS: dict[Difficulty, int] = {"easy": 1, "adaptive": 2, "medium": 2, "hard": 3}


@dataclass(frozen=True, slots=True)
class Plan:
    """What the person chose.

    Attributes:
        count: Questions at most.
        topics: Topics to ask about; () means all.
        difficulty: One level, or "adaptive": it follows the last answers.
        language: Language of the interviewer's own words, and of the questions where there are any in it.
        minutes: Time limit; 0 means none. Pauses don't count.
        manner: How the interviewer speaks.
        source: All questions, those of `articles`, those never asked before, or those due for review.
            `articles` and `questions` narrow each of them.
        articles: Ids of articles to keep to; () means all.
        questions: Ids of questions to keep to; () means all.
        text: A job description or résumé, whose terms pick the questions; "" means none.
        follow_ups: Follow-ups in the whole interview; None means one a question on average.
        seed: The same seed, articles and history give the same interview.
    """

    count: int = 5
    topics: tuple[str, ...] = ()
    difficulty: Difficulty = "adaptive"
    language: Language = "zh"
    minutes: float = 0.0
    manner: Manner = "friendly"
    source: Literal["all", "articles", "new", "due"] = "all"
    articles: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    text: str = ""
    follow_ups: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A question that may be asked. `level` is 1 (easy) to 3 (hard); `hints` don't hold the answer."""

    question_id: str
    text: str
    reference: str
    topic: str
    article: str = ""
    title: str = ""
    level: int = 2
    hints: tuple[str, ...] = ()


Slot = tuple[Item, ...]
"""Questions of which one is asked, the one nearest to the wanted level. No question is in two slots."""


@dataclass(frozen=True, slots=True)
class Started:
    """The interview begins with its first question."""

    plan: Plan
    slots: tuple[Slot, ...]
    at: float = 0.0
    kind: Literal["started"] = "started"


@dataclass(frozen=True, slots=True)
class Answered:
    """The candidate answered the question or the follow-up."""

    text: str
    at: float = 0.0
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Assessed:
    """The grade of everything said to the question, and a follow-up that may be asked."""

    grade: Grade
    follow_up: FollowUp | None = None
    at: float = 0.0
    kind: Literal["assessed"] = "assessed"


@dataclass(frozen=True, slots=True)
class Hinted:
    """The candidate asked for a hint."""

    at: float = 0.0
    kind: Literal["hinted"] = "hinted"


@dataclass(frozen=True, slots=True)
class Skipped:
    """The candidate wants the next question."""

    at: float = 0.0
    kind: Literal["skipped"] = "skipped"


@dataclass(frozen=True, slots=True)
class Unknown:
    """The candidate does not know."""

    at: float = 0.0
    kind: Literal["unknown"] = "unknown"


@dataclass(frozen=True, slots=True)
class Repeated:
    """The candidate wants to hear the question again."""

    at: float = 0.0
    kind: Literal["repeated"] = "repeated"


@dataclass(frozen=True, slots=True)
class Paused:
    """The clock stops."""

    at: float = 0.0
    kind: Literal["paused"] = "paused"


@dataclass(frozen=True, slots=True)
class Resumed:
    """The clock runs again. After a crash too: the time since the last event does not count."""

    at: float = 0.0
    kind: Literal["resumed"] = "resumed"


@dataclass(frozen=True, slots=True)
class Ended:
    """The candidate ends the interview."""

    at: float = 0.0
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True, slots=True)
class Contested:
    """The candidate says of a point: I did say that. `said` must be a slice of what they answered."""

    round: int
    point: int
    said: str
    at: float = 0.0
    kind: Literal["contested"] = "contested"


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed."""

    at: float = 0.0
    kind: Literal["ticked"] = "ticked"


@dataclass(frozen=True, slots=True)
class Worded:
    """A language model worded a line of the interviewer; without it the template's words stand."""

    line: int
    text: str
    at: float = 0.0
    kind: Literal["worded"] = "worded"


@dataclass(frozen=True, slots=True)
class Improved:
    """The candidate's answer to a closed question, made better."""

    round: int
    text: str
    by_model: bool = False
    at: float = 0.0
    kind: Literal["improved"] = "improved"


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """A second look at the verdicts of a closed question."""

    round: int
    grade: Grade
    at: float = 0.0
    kind: Literal["reconsidered"] = "reconsidered"


Aside = Contested | Worded | Improved | Reconsidered
"""What changes nothing in the course of an interview and takes no time of it; possible after its end, too."""
Happening = Answered | Assessed | Hinted | Skipped | Unknown | Repeated | Paused | Resumed | Ended | Ticked | Aside
"""All that can happen after the start."""
Event = Started | Happening
