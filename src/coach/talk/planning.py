"""Picks the questions of an interview: no repeats, balanced over topics, weak ones more often, repeatable by its seed.

Pure: articles' questions, what is remembered of them and the time go in, slots of questions come out. Knows no grader.
"""

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from coach.errors import InterviewError
from coach.index.sameness import asked, canonical_words, is_light, overlap
from coach.index.words import content_words
from coach.records import KeyPoint, Question
from coach.talk.events import LEVELS, Item, Language, Plan, Slot
from coach.talk.review import Memory, due

NEAR = 0.6
"""Share of two questions' content words in common from which the second is a near-repeat."""
FRESH_SECONDS = 2 * 86_400
"""A question that was answered well (`KNOWN`) is rarely asked again within this time."""
KNOWN = 0.75
_RARELY = 0.1
_TITLE = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.、)）])\s*\*\*([^*\n：:]{2,30})[：:]?\*\*", re.MULTILINE)
_KINDS: dict[Language, dict[str, str]] = {
    "zh": {"number": "具体数字", "formula": "公式", "side": "两方的对比", "item": "分条的要点"},
    "en": {"number": "figures", "formula": "formulas", "side": "a comparison of both sides", "item": "a list of items"},
}


@dataclass(frozen=True, slots=True)
class Picked:
    """Questions for an interview. `terms` are those of the pasted text that were found in the articles' questions."""

    slots: tuple[Slot, ...]
    terms: tuple[str, ...] = ()


@dataclass
class _Choice:
    """The questions chosen so far, and what keeps others out."""

    linked: Mapping[str, Collection[str]]
    taken: list[Question] = field(default_factory=list)

    def free(self, question: Question) -> bool:
        """Whether a question repeats none of those taken."""
        others = self.linked.get(question.id, ())
        return not any(one.id == question.id or one.id in others or near(one, question) for one in self.taken)


def pick(
    plan: Plan,
    questions: Sequence[Question],
    known: Mapping[str, Memory],
    now: float,
    *,
    points: Callable[[Question], Sequence[KeyPoint]],
    linked: Iterable[tuple[str, str]] = (),
) -> Picked:
    """Pick the questions of an interview.

    Args:
        plan: What the person chose.
        questions: All questions of the articles; only those with an answer are asked.
        known: What is remembered of questions that were asked before, by id.
        now: Seconds since the epoch.
        points: Key points of a question's reference answer, for the hints.
        linked: Pairs of ids of questions that ask the same.

    Raises:
        InterviewError: No question fits the plan; the message says what to change.
    """
    pool = _pool(plan, [question for question in questions if question.answered], known, now)
    relevance, terms = _relevance(plan.text, pool)
    pool = [question for question in pool if relevance.get(question.id, 0) > 0] if plan.text.strip() else pool
    if not pool:
        raise InterviewError(_why_none(plan))
    chance = random.Random(f"{plan.seed}:pick")  # noqa: S311 - a choice to be repeated, no secret
    keys = {
        # Weighted sampling without replacement (Efraimidis and Spirakis, 2006): the largest keys win.
        question.id: chance.random() ** (1 / (_weight(known.get(question.id), now) * relevance.get(question.id, 1.0)))
        for question in sorted(pool, key=lambda question: question.id)
    }
    levels = difficulties(pool)
    wanted = None if plan.difficulty == "adaptive" else LEVELS[plan.difficulty]
    order = sorted(pool, key=lambda q: (abs(levels[q.id] - wanted) if wanted else 0, -keys[q.id]))
    choice = _Choice(_partners(linked))
    main = _balanced(plan.count, order, choice, _topic_weights(pool, known, now, relevance), chance)
    slots = [[question] for question in main]
    if plan.difficulty == "adaptive":
        _add_levels(slots, order, choice, levels)
    return Picked(tuple(_slot(slot, plan.language, levels, points) for slot in slots), terms)


def topic_of(question: Question) -> str:
    """Return the topic that a question counts under: the one it names, else its first, else its article's title."""
    words = {word for word, _ in _words(question.text)}
    for topic in question.topics:
        if words.issuperset(word for word, _ in _words(topic)):
            return topic
    return question.topics[0] if question.topics else question.title


def difficulties(questions: Sequence[Question]) -> dict[str, int]:
    """Return the level (1 to 3) of each question, by id.

    What an article's front matter states holds for it on the whole: the third of its questions whose answers say the
    least are a step easier, the third that say the most a step harder. Questions of articles that state nothing are
    cut into thirds together.
    """
    groups: dict[str, list[Question]] = {}
    for question in questions:
        groups.setdefault(question.article if question.difficulty else "", []).append(question)
    found: dict[str, int] = {}
    for group in groups.values():
        ranks = _thirds(group) if len(group) > 2 or not group[0].difficulty else {one.id: 2 for one in group}
        found |= {one.id: min(3, max(1, (one.difficulty or 2) + ranks[one.id] - 2)) for one in group}
    return found


def _thirds(questions: Sequence[Question]) -> dict[str, int]:
    """Cut questions into thirds by how much the reference answer says: characters in hundreds, and formulas twice."""
    load = {question.id: len(question.answer) / 100 + question.answer.count("$") for question in questions}
    ranked = sorted(load, key=lambda id_: (load[id_], id_))
    return {id_: 1 + 3 * place // len(ranked) for place, id_ in enumerate(ranked)}


def near(first: Question, second: Question) -> bool:
    """Whether two questions ask nearly the same."""
    if overlap(_asked(first.text), _asked(second.text), {}) > 0:
        return True
    mine, theirs = _content(first.text), _content(second.text)
    return bool(mine) and len(mine & theirs) >= NEAR * len(mine | theirs)


def hints(question: Question, points: Sequence[KeyPoint], language: Language) -> tuple[str, ...]:
    """Return hints that don't hold the answer: its size and kinds of points, then the initials of its items."""
    kinds = dict.fromkeys(_KINDS[language][point.kind] for point in points if point.kind in _KINDS[language])
    found = []
    if points and language == "zh":
        found.append(f"完整的回答有 {len(points)} 个要点" + (f"，其中有{'、'.join(kinds)}。" if kinds else "。"))
    elif points:
        found.append(
            f"A complete answer has {len(points)} points" + (f", among them {_listed(list(kinds))}." if kinds else ".")
        )
    titles = [_initial(title) for title in _TITLE.findall(question.answer)]
    if titles:
        lead = "各要点的首字是" if language == "zh" else "The items begin with"
        found.append(f"{lead}：{' · '.join(titles)}" if language == "zh" else f"{lead}: {' · '.join(titles)}")
    return tuple(found)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _initial(title: str) -> str:
    title = title.strip()
    return title[0] + "＿" * min(len(title) - 1, 6)


def _pool(plan: Plan, questions: Sequence[Question], known: Mapping[str, Memory], now: float) -> list[Question]:
    """Return the questions that the plan allows."""
    pool = list(questions)
    if plan.articles or plan.source == "articles":
        pool = [question for question in pool if question.article in plan.articles]
    if plan.questions:
        pool = [question for question in pool if question.id in plan.questions]
    match plan.source:
        case "new":
            pool = [question for question in pool if question.id not in known]
        case "due":
            pool = due(pool, known, now)
    if plan.topics:
        pool = [question for question in pool if topic_of(question) in plan.topics]
    if plan.source in ("all", "new") and not (plan.articles or plan.questions):
        spoken = [question for question in pool if question.language in ("", plan.language)]
        pool = spoken or pool  # who interviews in one language asks in it, unless the topics are told in another alone
    return pool


def _why_none(plan: Plan) -> str:
    if plan.source == "due":
        return "No question is due for review in these topics. Choose another source, or come back later."
    if plan.text.strip():
        return "No question of the articles shares a term with the pasted text. Add articles, or leave the text out."
    return "No question with an answer fits this plan. Choose other topics or another source, or add articles."


def _weight(memory: Memory | None, now: float) -> float:
    """Return how often a question should come, against others: weak 3, never asked 2, known 1, just answered 0.1."""
    if memory is None:
        return 2.0
    if memory.last.score >= KNOWN and now - memory.last.at < FRESH_SECONDS:
        return _RARELY
    return 3.0 - 2.0 * memory.mastery(now)


def _topic_weights(
    pool: Sequence[Question], known: Mapping[str, Memory], now: float, relevance: Mapping[str, float]
) -> dict[str, float]:
    """Return how often a topic should come: the mean of its questions' weights, times its best relevance."""
    members: dict[str, list[Question]] = {}
    for question in pool:
        members.setdefault(topic_of(question), []).append(question)
    return {
        topic: sum(_weight(known.get(question.id), now) for question in group)
        / len(group)
        * max(relevance.get(question.id, 1.0) for question in group)
        for topic, group in members.items()
    }


def _balanced(
    count: int, order: Sequence[Question], choice: _Choice, weights: Mapping[str, float], chance: random.Random
) -> list[Question]:
    """Take questions in order, always from the topic that had the smallest share of what it is due."""
    turn = {topic: -(chance.random() ** (1 / weight)) for topic, weight in sorted(weights.items())}
    waiting: dict[str, list[Question]] = {topic: [] for topic in turn}
    for question in reversed(order):
        waiting[topic_of(question)].append(question)
    had: Counter[str] = Counter()
    taken: list[Question] = []
    while len(taken) < count and waiting:
        topic = min(waiting, key=lambda topic: (had[topic] / weights[topic], turn[topic]))
        if not waiting[topic]:
            del waiting[topic]
            continue
        question = waiting[topic].pop()
        if choice.free(question):
            had[topic] += 1
            taken.append(question)
            choice.taken.append(question)
    return taken


def _add_levels(
    slots: list[list[Question]], order: Sequence[Question], choice: _Choice, levels: Mapping[str, int]
) -> None:
    """Put an easier and a harder question of the same topic beside each one, where there are any."""
    for slot in slots:
        main = slot[0]
        for level in {1, 2, 3} - {levels[main.id]}:
            for question in order:
                if levels[question.id] == level and topic_of(question) == topic_of(main) and choice.free(question):
                    slot.append(question)
                    choice.taken.append(question)
                    break


def _slot(
    members: Sequence[Question],
    language: Language,
    levels: Mapping[str, int],
    points: Callable[[Question], Sequence[KeyPoint]],
) -> Slot:
    return tuple(
        Item(
            question_id=question.id,
            text=question.text,
            reference=question.answer,
            topic=topic_of(question),
            article=question.article,
            title=question.title,
            level=levels[question.id],
            hints=hints(question, points(question), language),
        )
        for question in members
    )


def _relevance(text: str, pool: Sequence[Question]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return how much each question has to do with a pasted text (0..1, by id), and the terms they share.

    Only names count: Latin words and terms of the field, each by its rarity among the questions.
    """
    wanted = _names(text)
    if not wanted:
        return {}, ()
    have = {
        question.id: _names(" ".join((question.text, *question.headings, *question.topics))) & wanted
        for question in pool
    }
    spread = Counter(word for words in have.values() for word in words)
    score = {id_: sum(math.log(1 + len(pool) / spread[word]) for word in words) for id_, words in have.items()}
    best = max(score.values(), default=0.0) or 1.0
    return {id_: value / best for id_, value in score.items()}, tuple(sorted(spread))


def _names(text: str) -> frozenset[str]:
    return frozenset(
        word
        for word, is_name in _words(text)
        if is_name and not word.startswith("?") and not is_light(word) and not word.isdigit() and len(word) > 1
    )


def _partners(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
        found.setdefault(second, set()).add(first)
    return found


@lru_cache(maxsize=20_000)
def _words(text: str) -> tuple[tuple[str, bool], ...]:
    return tuple(canonical_words(text))


_asked = lru_cache(maxsize=20_000)(asked)


@lru_cache(maxsize=20_000)
def _content(text: str) -> frozenset[str]:
    return frozenset(content_words(text))
