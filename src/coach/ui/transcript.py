"""A conversation → Markdown with its citations: what is exported, and what "copy" puts on the clipboard. Pure."""

from coach.records import Answer
from coach.talk.conversations import Conversation, Exchange
from coach.ui.conversation import standing
from coach.ui.texts import Texts


def copy_text(answer: Answer) -> str:
    """Return an answer's Markdown, and where its citations come from."""
    cited = {citation.number: citation.passage for citation in answer.citations}
    sources = [f"[{number}] {passage.title} ({passage.source})" for number, passage in sorted(cited.items())]
    return "\n".join([answer.text.strip(), *([""] if sources else []), *sources])


def transcript(conversation: Conversation, t: Texts) -> str:
    """Return the whole conversation, each answer with the sentences that its citations stand on."""
    parts = [f"# {_line(conversation.title)}", *(_exchange(exchange, t) for exchange in conversation.exchanges)]
    return "\n\n".join(parts) + "\n"


def _exchange(exchange: Exchange, t: Texts) -> str:
    answer = standing(exchange)
    parts = [f"## {_line(exchange.question)}"]
    if exchange.stage == "failed":
        parts.append(f"*{t.failed}: {exchange.problem or t.unexpected}*")
    elif answer is None:
        parts += [exchange.draft.strip(), f"*{t.stopped} · {t.stopped_more}*"]
    elif answer.abstained:
        parts += [t.abstained, *(f"- {_line(question.text)}" for question in answer.nearest)]
    else:
        parts.append(answer.text.strip())
        cited = sorted(answer.citations, key=lambda citation: (citation.number, citation.start))
        lines = [
            f"- [{citation.number}] {citation.passage.title}, `{citation.passage.source}`: {_line(citation.quote)}"
            for citation in cited
        ]
        parts.append("\n".join([f"**{t.sources}**", "", *lines]))
    return "\n\n".join(part for part in parts if part)


def _line(text: str) -> str:
    return " ".join(text.split())
