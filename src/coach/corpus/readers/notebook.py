"""Reads Jupyter notebooks: Markdown cells as they are, code cells as fenced code. Outputs are left out."""

import json
import re
from typing import Any

from coach.corpus.readers.encoding import decode
from coach.corpus.readers.writing import fenced
from coach.errors import ArticleError
from coach.records import Document


def read_notebook(content: bytes) -> Document:
    """Return the document in an .ipynb file of format 3 or 4.

    Raises:
        ArticleError: The bytes are no notebook, or the notebook holds no text.
    """
    try:
        notebook = json.loads(decode(content))
    except (ValueError, RecursionError) as error:  # ValueError: broken JSON, numbers of thousands of digits
        raise ArticleError("It is no notebook: its JSON is damaged. Save it again in Jupyter.") from error
    cells = _cells(notebook)
    if cells is None:
        raise ArticleError("It is no notebook: it has no list of cells. Save it again in Jupyter.")
    language = _language(notebook)
    blocks = [text for cell in cells if isinstance(cell, dict) and (text := _text(cell, language))]
    if not blocks:
        raise ArticleError("The notebook holds neither text nor code. Put an article into it, or remove it.")
    return Document(text="\n\n".join(blocks), title=_title(notebook))


def _cells(notebook: object) -> list[Any] | None:
    """The cells; format 3 kept them in worksheets."""
    if not isinstance(notebook, dict):
        return None
    cells = notebook.get("cells")
    if cells is None and isinstance(sheets := notebook.get("worksheets"), list):
        cells = [
            cell
            for sheet in sheets
            if isinstance(sheet, dict) and isinstance(inner := sheet.get("cells"), list)
            for cell in inner
        ]
    return cells if isinstance(cells, list) else None


def _text(cell: dict[str, Any], language: str) -> str:
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return ""
    # Lone surrogates (JSON may escape them) can't be stored as UTF-8.
    source = source.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8").strip("\n")
    if not source.strip():
        return ""
    kind = cell.get("cell_type")
    if kind == "code":
        return fenced(source, language)
    if kind == "heading" and isinstance(level := cell.get("level", 1), int):
        return f"{'#' * min(max(level, 1), 6)} {' '.join(source.split())}"
    return source if kind == "markdown" else ""


def _language(notebook: dict[str, Any]) -> str:
    """Language of the code cells, as fences name it."""
    metadata = notebook.get("metadata")
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        named = metadata.get(key) if isinstance(metadata, dict) else None
        value = named.get(field) if isinstance(named, dict) else None
        if isinstance(value, str) and re.fullmatch(r"[\w+#.-]{1,20}", value):
            return value.lower()
    return "python"


def _title(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    title = metadata.get("title") if isinstance(metadata, dict) else ""
    return " ".join(title.encode("utf-8", "replace").decode("utf-8").split()) if isinstance(title, str) else ""
