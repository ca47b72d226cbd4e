"""The scripted chat model keeps to its script."""

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from coach.errors import ModelError, PromptTooLongError
from coach.llm.scripted import ScriptedChat


def test_says_what_was_enqueued_in_small_pieces() -> None:
    chat = ScriptedChat().enqueue("注意力 [1]。", "two")
    pieces = [str(chunk.content) for chunk in chat.stream("q", citations=1)]
    assert "".join(pieces) == "注意力 [1]。"
    assert max(map(len, pieces)) == 4
    assert chat.invoke([SystemMessage("s"), HumanMessage("r")]).content == "two"
    assert [[message.text for message in call] for call in chat.requests] == [["q"], ["s", "r"]]
    assert chat.options[0] == {"stop": None, "citations": 1}


def test_raises_what_was_enqueued() -> None:
    chat = ScriptedChat().enqueue(PromptTooLongError("too long"), "then")
    with pytest.raises(PromptTooLongError):
        chat.invoke("q")
    assert chat.invoke("q").content == "then"


def test_an_empty_script_is_an_error() -> None:
    with pytest.raises(ModelError, match="enqueue"):
        ScriptedChat().invoke("q")


def test_stop_and_length() -> None:
    chat = ScriptedChat().enqueue("abcEND", "abcdef")
    assert chat.invoke("q", stop=["END"]).content == "abc"
    assert chat.invoke("q", max_tokens=2).content == "ab"


def test_counts_closed_streams() -> None:
    chat = ScriptedChat().enqueue("a long enough text")
    stream = chat.stream("q")
    next(stream)
    stream.close()
    del stream
    assert chat.closed == 1
    assert chat.count_tokens([HumanMessage("abc")]) == 3
    assert chat.prompt_limit > 0
