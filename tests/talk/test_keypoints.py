"""Key points: what counts as one, and what does not."""

from coach.talk.keypoints import key_points

REFERENCE = """LayerNorm 按 token 归一化，不依赖 batch。

1. **公式不同**：LayerNorm 减均值，RMSNorm 只除以均方根。
2. **参数**：每层 2d 个参数；RMSNorm 只有 d 个参数。
3. **复杂度**：$O(nd)$。

```python
x = 1
```

**易错点**：不要忘记 eps。

**追问**：

- [为什么要归一化？](#a)
"""


def texts(question: str, reference: str) -> list[str]:
    return [point.text for point in key_points(question, reference)]


def test_points_are_slices_of_the_reference() -> None:
    points = key_points("RMSNorm 和 LayerNorm 的区别？", REFERENCE)
    assert points[0].kind == "opening"
    assert all(REFERENCE[point.start : point.end] == point.quote for point in points)
    assert any(point.kind == "formula" for point in points)
    assert len(points) == 5


def test_pitfalls_follow_ups_and_code_are_no_points() -> None:
    said = " ".join(texts("RMSNorm 和 LayerNorm 的区别？", REFERENCE))
    for absent in ("eps", "为什么要归一化", "x = 1", "**"):
        assert absent not in said


def test_an_enumeration_is_cut_into_its_parts() -> None:
    assert texts("RAG 由哪些部分组成？", "RAG 的组成包括：检索器、重排器和生成器。") == ["检索器", "重排器", "生成器"]
    assert texts("What are its advantages?", "Speed, low memory, and simplicity.") == [
        "Speed",
        "low memory",
        "simplicity",
    ]
    assert texts("哪些？", "一是召回，二是排序，三是重排。") == ["召回", "排序", "重排"]


def test_a_plain_sentence_is_one_point() -> None:
    assert texts("What is a stack?", "A list whose last element is removed first.") == [
        "A list whose last element is removed first."
    ]
    assert texts("什么？", "") == []


def test_what_follows_from_a_clause_is_a_point_of_its_own() -> None:
    assert texts("如何判断？", "p 值大于 0.05 就不能拒绝原假设，因此两组之间没有显著差异，然后改用参数检验。") == [
        "p 值大于 0.05 就不能拒绝原假设",
        "因此两组之间没有显著差异",
        "然后改用参数检验",
    ]
    assert texts("Why?", "Fails, so stop.") == ["Fails, so stop."]
