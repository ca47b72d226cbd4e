"""Nothing that a file says is ever run: the program unpickles nothing, and weights that are a pickle are refused."""

import ast
import pickle
from pathlib import Path

import pytest

from coach.errors import EncoderError
from coach.index.encoder import load_encoder
from tests.support.tiny_transformers import save_encoder

SOURCES = sorted((Path(__file__).parents[1] / "src").rglob("*.py"))
FORBIDDEN = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and [alias.name for alias in node.names] != ["UnpicklingError"]:
            names.add((node.module or "").split(".")[0])
    return names


def test_no_module_can_unpickle() -> None:
    assert len(SOURCES) > 50
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        assert not imported(ast.parse(text)) & FORBIDDEN, source
        assert "torch.load" not in text and "allow_pickle" not in text, source


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.touch, (self.mark,))


def test_weights_that_would_run_code_are_refused_and_do_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    folder = save_encoder(tmp_path / "encoder")
    for weights in folder.rglob("*.safetensors"):
        weights.unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"embeddings": Evil(mark)}, protocol=2))
    with pytest.raises(EncoderError, match="can't be loaded"):
        load_encoder(str(folder), models=tmp_path)
    assert not mark.exists()
    pickle.loads((folder / "pytorch_model.bin").read_bytes())  # the file would do it
    assert mark.exists()
