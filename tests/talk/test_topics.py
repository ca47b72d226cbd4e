"""Topics have a name in both languages."""

import re
from pathlib import Path

from coach.talk.topics import TOPICS, topic_name

CORPUS = Path(__file__).parents[2] / "corpus"


def test_every_topic_of_the_bundled_articles_is_named() -> None:
    lines = [re.search(r"^topics: \[(.*)\]$", path.read_text("utf-8"), re.MULTILINE) for path in CORPUS.rglob("*.md")]
    used = {topic.strip() for line in lines if line for topic in line[1].split(",")}
    assert len(used) > 50
    assert used <= set(TOPICS)


def test_names_differ_and_english_ones_are_english() -> None:
    for language in ("zh", "en"):
        names = [topic_name(topic, language) for topic in TOPICS]
        assert len(set(names)) == len(names) and all(names)
    assert not re.search(r"[\u4e00-\u9fff]", "".join(topic_name(topic, "en") for topic in TOPICS))


def test_a_topic_of_ones_own_is_called_as_it_is() -> None:
    assert topic_name("我的专题", "en") == "我的专题"
    assert topic_name("Attention", "zh") == "注意力机制"
