"""Imports point down; a file fits into a reader's head."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "coach"
LAYERS = (
    ("config", "db", "errors", "records"),
    ("corpus",),
    ("index", "llm", "shelf", "users"),
    ("talk",),
    ("parts",),
    ("encoders",),
    ("reranking",),
    ("assessment", "library"),
    ("backup", "interviews", "people", "practice", "service", "doctor", "evaluate"),
    ("ui",),
    ("cli_backup", "cli_encoders", "cli_users", "terminal"),
    ("cli",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
BESIDE = {("index", "llm"), ("llm", "index")}
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST = 400


def part(module: Path) -> str:
    return module.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(module: Path) -> set[str]:
    """Parts of coach that a module imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("coach.")}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(SOURCE)))
def test_imports_point_down(module: Path) -> None:
    mine = part(module)
    if mine == "__init__":
        assert not imported(module)
        return
    for other in imported(module) - {mine}:
        assert LEVEL[other] <= LEVEL[mine], f"{mine} imports {other}, which stands above it"
        assert (mine, other) not in BESIDE, f"{mine} imports {other}, which stands beside it"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(SOURCE)))
def test_files_are_short(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_the_foundations_import_nothing_of_coach_but_each_other() -> None:
    for name in LAYERS[0]:
        assert imported(SOURCE / f"{name}.py") <= set(LAYERS[0])
