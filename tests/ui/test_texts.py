"""Both languages hold every text, filled with the same values."""

import string
from dataclasses import fields

import pytest

from coach.ui.texts import EN, LANGUAGES, TEXTS, ZH, Count, Texts

NAMES = [field.name for field in fields(Texts) if field.type is str]
TABLES = ("rules", "kinds", "rankings", "keys")


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_each_language_of_the_switch_has_texts():
    assert set(LANGUAGES.values()) == set(TEXTS) == {"zh", "en"}


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_say_it_with_the_same_values(name):
    zh, en = getattr(ZH, name), getattr(EN, name)
    assert zh.strip() and en.strip()
    assert values_of(zh) == values_of(en)


@pytest.mark.parametrize("name", TABLES)
def test_both_languages_name_the_same_things(name):
    zh, en = getattr(ZH, name), getattr(EN, name)
    assert zh.keys() == en.keys() and all(zh.values()) and all(en.values())
    assert {field.name for field in fields(Texts)} == {*NAMES, *TABLES}


def test_english_counts():
    assert EN.status.format(articles=Count(1), questions=Count(2)) == "1 article · 2 questions"
    assert ZH.status.format(articles=Count(1), questions=Count(2)) == "1 篇文章 · 2 道题"
    assert f"{Count(1000):,}" == "1,000"


@pytest.mark.parametrize("name", NAMES)
def test_english_is_english(name):
    assert not any("\u4e00" <= char <= "\u9fff" for char in getattr(EN, name))
