"""Reads PDF files with a text layer. PDFium reads the file in a process of its own, with bounds on time and memory."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from coach.corpus.readers.pdf_layout import Run, read_pages
from coach.corpus.readers.pdf_text import pages_text
from coach.errors import ArticleError
from coach.records import Document

MOST_PAGES = 2_000
MOST_CHARACTERS = 20_000_000
MOST_SECONDS = 120
"""Seconds of computing."""
WAIT = 5
"""Times as long on the clock, since other programs want the processor too."""
UNREADABLE = 0.3
"""Share of characters without meaning above which a text layer is no text."""

_PROGRAM = Path(__file__).with_name("pdf_pages.py")
_JUNK_TITLE = (
    "untitled",
    "microsoft word",
    "powerpoint",
    "幻灯片",
    "文档",
    ".doc",
    ".tex",
    ".dvi",
    ".indd",
    ".md",
    "/",
)
_TOO_LONG = f"Reading it takes longer than {MOST_SECONDS} seconds. Split it, or print it to PDF again."
_FAILURES = {
    "password": "It is protected by a password. Save it without one.",
    "damaged": "It is no PDF, or a damaged one. Print it to PDF again.",
    "long": f"It holds more than {MOST_CHARACTERS:,} characters of text. Split it.",
}


def read_pdf(content: bytes) -> Document:
    """Return the text of a PDF in reading order, with its page numbers. A dropped line leaves an empty line.

    Raises:
        ArticleError: It is no PDF, damaged, protected, too long, takes too long, or has no text layer.
    """
    if b"%PDF-" not in content[:2048]:
        raise ArticleError("Its content is no PDF. Rename it to its real suffix, or print it to PDF again.")
    found = _run(content)
    if "failure" in found:
        raise ArticleError(_FAILURES[found["failure"]])
    if found["count"] > MOST_PAGES:
        raise ArticleError(f"It has {found['count']:,} pages; {MOST_PAGES:,} are allowed. Split it.")
    pages = [[Run(*run) for run in page] for page in found["pages"]]
    document = pages_text(read_pages(pages), _title(found["title"]))
    _check(document, len(pages))
    return document


def _run(content: bytes) -> dict[str, Any]:
    limits = map(str, (MOST_PAGES, MOST_CHARACTERS, MOST_SECONDS))
    command = [sys.executable, "-P", str(_PROGRAM), *limits]  # -P: html.py beside it is not the library's html
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=WAIT * MOST_SECONDS)  # noqa: S603 - ours
    except subprocess.TimeoutExpired as error:
        raise ArticleError(_TOO_LONG) from error
    except OSError as error:
        raise ArticleError(f"The program that reads PDF files can't be started ({error.strerror}).") from error
    if done.returncode == -getattr(signal, "SIGXCPU", 0):
        raise ArticleError(_TOO_LONG)
    try:
        return dict(json.loads(done.stdout))
    except ValueError as error:  # it was ended, by a crash or for want of memory
        raise ArticleError("It is damaged in a way that stops its reader. Print it to PDF again.") from error


def _check(document: Document, pages: int) -> None:
    """Refuse a document without a text layer, or with one that says nothing."""
    letters = sum(1 for char in document.text if char.isalnum())
    unknown = sum(1 for char in document.text if "\ue000" <= char <= "\uf8ff" or char == "\ufffd")
    if unknown > UNREADABLE * (letters + unknown):
        raise ArticleError("Its fonts don't say which letters they show, so it has no text to read. Print it again.")
    if letters < max(1, 2 * pages):
        raise ArticleError("It has no text layer: its pages are pictures, as in a scan. Run text recognition (OCR).")


def _title(title: str) -> str:
    """The title that the file states, unless a program made it up."""
    title = " ".join(title.split())[:200]
    made_up = any(junk in title.lower() for junk in _JUNK_TITLE)
    return title if any(char.isalpha() for char in title) and not made_up else ""
