"""Small things that the tabs share."""

from pathlib import Path
from typing import Any

import gradio as gr

HERE = Path(__file__).parent
SHEETS = ("page.css", "chat.css", "library.css", "models.css", "settings.css", "interview.css", "practice.css")
STYLE = "".join((HERE / name).read_text(encoding="utf-8") for name in SHEETS)
KEYS = (HERE / "keys.js").read_text(encoding="utf-8")
SCRIPT = "coachBlock(element, trigger, watch);"
"""Every block carries its script, so that is in a file of its own (`statics.py`) and only called here."""

Updates = dict[Any, Any]
"""Component → its update, as Gradio takes it from a handler."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "queue": False}
"""For handlers that are done at once: no spinner, no place in the queue."""


def html(name: str, value: str = "", *, script: str = "") -> gr.HTML:
    """Return a block of own HTML: buttons in it with `data-ask` ask, with `data-open` open an article.

    `script` is the text of one more script that runs in it once.
    """
    return gr.HTML(value, js_on_load=f"{SCRIPT}\n{script}", apply_default_css=False, elem_classes=name)
