from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from coach.index.manifest import Failure, Known
from coach.index.plan import FileState, Plan, plan


def known(*sources: tuple[str, str, str]) -> dict[str, Known]:
    return {path: Known(path, article, content, 1) for path, article, content in sources}


def planned(files: Sequence[tuple[str, str]], stored: dict[str, Known], **options: object) -> Plan:
    return plan([FileState(*file) for file in files], stored, {}, parser=1, in_scope=stored, **options)


def kinds(result: Plan) -> list[tuple[str, str, str]]:
    return [(step.kind, step.path, step.article_id) for step in result.steps]


def test_new_file() -> None:
    [step] = planned([("a", "1")], {}).steps
    assert (step.kind, len(step.article_id)) == ("add", 16)


def test_nothing_changed() -> None:
    assert kinds(planned([("a", "1")], known(("a", "A", "1")))) == [("unchanged", "a", "A")]


def test_changed_content_updates_the_article() -> None:
    assert kinds(planned([("a", "2")], known(("a", "A", "1")))) == [("update", "a", "A")]


def test_a_renamed_file_keeps_its_article() -> None:
    result = planned([("b", "1")], known(("a", "A", "1")))
    assert kinds(result) == [("rename", "b", "A")]
    assert (result.moved, result.missing) == (("a",), ())


def test_a_copy_becomes_one_more_source() -> None:
    assert kinds(planned([("a", "1"), ("b", "1")], known(("a", "A", "1")))) == [
        ("unchanged", "a", "A"),
        ("copy", "b", "A"),
    ]


def test_a_file_elsewhere_is_neither_missing_nor_moved() -> None:
    stored = known(("a", "A", "1"), ("outside", "O", "2"))
    result = planned([("a", "1"), ("b", "2")], stored, elsewhere={"outside"})
    assert kinds(result) == [("unchanged", "a", "A"), ("copy", "b", "O")]
    assert (result.moved, result.missing) == ((), ())


def test_a_file_elsewhere_keeps_its_article_when_its_copy_changes() -> None:
    stored = known(("a", "A", "1"), ("outside", "A", "1"))
    [step] = planned([("a", "2")], stored, elsewhere={"outside"}).steps
    assert step.kind == "add"
    assert step.article_id != "A"


def test_two_new_files_with_one_content_are_one_article() -> None:
    first, second = planned([("a", "1"), ("b", "1")], {}).steps
    assert (first.kind, second.kind) == ("add", "copy")
    assert first.article_id == second.article_id


def test_two_files_that_change_places_keep_their_articles() -> None:
    result = planned([("a", "2"), ("b", "1")], known(("a", "A", "1"), ("b", "B", "2")))
    assert [step.article_id for step in result.steps] == ["B", "A"]
    assert not result.missing


def test_one_of_two_copies_that_changes_becomes_an_article_of_its_own() -> None:
    first, second = planned([("a", "1"), ("b", "2")], known(("a", "A", "1"), ("b", "A", "1"))).steps
    assert first.kind == "unchanged"
    assert second.kind == "add"
    assert second.article_id != "A"


def test_a_file_that_is_gone_is_missing() -> None:
    assert planned([("b", "2")], known(("a", "A", "1"))).missing == ("a",)


def test_an_older_parser_means_an_update() -> None:
    result = plan([FileState("a", "1")], known(("a", "A", "1")), {}, parser=2)
    assert kinds(result) == [("update", "a", "A")]


def test_a_failure_is_not_tried_again_until_the_file_changes() -> None:
    failures = {"a": Failure("a", "1", 1, "no text")}
    same = plan([FileState("a", "1")], {}, failures, parser=1)
    changed = plan([FileState("a", "2")], {}, failures, parser=1)
    assert [step.kind for step in same.steps] == ["failed before"]
    assert [step.kind for step in changed.steps] == ["add"]


PATHS = st.sampled_from("abcd")
CONTENTS = st.sampled_from("123")


@given(st.dictionaries(PATHS, CONTENTS), st.dictionaries(PATHS, CONTENTS))
def test_acting_on_any_plan_makes_the_store_equal_to_the_files(before: dict[str, str], after: dict[str, str]) -> None:
    """Simulates the store: each path's article holds that path's content, and nothing is left over."""
    store: dict[str, Known] = {}
    for files in (before, after, after):
        result = planned(list(files.items()), store)
        contents = {source.article_id: source.content_hash for source in store.values()}
        for step in result.steps:
            if step.kind in ("add", "update"):
                assert step.kind == "update" or step.article_id not in contents
                contents[step.article_id] = step.content_hash
        paths = {path: source.article_id for path, source in store.items() if path not in result.moved}
        paths |= {step.path: step.article_id for step in result.steps}
        paths = {path: article for path, article in paths.items() if path not in result.missing}
        store = {path: Known(path, article, contents[article], 1) for path, article in paths.items()}
        assert {path: source.content_hash for path, source in store.items()} == files
    assert all(step.kind == "unchanged" for step in planned(list(after.items()), store).steps)
