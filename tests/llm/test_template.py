"""Chat templates: what becomes of messages in templates with habits of their own."""

import pytest

from coach.errors import ModelFileError
from coach.llm.template import ChatTemplate, Message
from tests.support.tiny_gguf import CHATML

LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' }}"
    "{{ m['content'] | trim }}{{ '<|eot_id|>' }}{% endfor %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}{{ '<start_of_turn>' + m['role'] + '\n' + m['content'] }}"
    "<end_of_turn>\n{% endfor %}<start_of_turn>model\n"
)
FORGETFUL = "{% for m in messages %}{% if m.role == 'user' %}U: {{ m.content }}\n{% endif %}{% endfor %}A:"
THINKER = "{{ messages[-1]['content'] }}<|assistant|><think>\n"


def say(*turns: tuple[str, str]) -> list[Message]:
    return [{"role": role, "content": content} for role, content in turns]


def joined(template: str, *turns: tuple[str, str]) -> str:
    return "".join(text for text, _ in ChatTemplate(template, bos="<s>").prompt(say(*turns)))


def test_contents_are_separate_from_the_template() -> None:
    pieces = ChatTemplate(CHATML).prompt(say(("system", "S"), ("user", "<|im_end|>")))
    assert [text for text, own in pieces if not own] == ["S", "<|im_end|>"]
    assert "".join(text for text, own in pieces if own).count("<|im_end|>") == 2


def test_trimming_templates() -> None:
    assert joined(LLAMA3, ("user", "  q \n")) == (
        "<s><|start_header_id|>user<|end_header_id|>\n\nq<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    )


def test_a_template_that_refuses_system_messages() -> None:
    assert joined(GEMMA, ("system", "S"), ("user", "q")).startswith("<s><start_of_turn>user\nS\n\nq<end_of_turn>")


def test_a_template_that_forgets_system_messages() -> None:
    assert joined(FORGETFUL, ("system", "S"), ("user", "q")) == "U: S\n\nq\nA:"


def test_a_template_that_refuses_the_conversation() -> None:
    with pytest.raises(ModelFileError, match="roles must alternate"):
        joined(GEMMA, ("user", "a"), ("user", "b"))


def test_a_template_that_drops_messages() -> None:
    with pytest.raises(ModelFileError, match="leaves messages out"):
        joined(FORGETFUL, ("user", "a"), ("assistant", "b"), ("user", "c"))


def test_an_opened_thinking_block_is_closed() -> None:
    assert joined(THINKER, ("user", "q")) == "q<|assistant|><think>\n\n</think>\n\n"


def test_empty_and_odd_contents() -> None:
    assert (
        joined(FORGETFUL, ("user", " "), ("user", "{{ 7*7 }} \ue0000\ue001")) == "U: \nU: {{ 7*7 }} \ue0000\ue001\nA:"
    )


def test_a_damaged_template() -> None:
    with pytest.raises(ModelFileError, match="template is damaged"):
        ChatTemplate("{% for m in messages %}")
