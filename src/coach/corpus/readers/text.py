"""Reads plain text."""

from coach.corpus.readers.encoding import decode
from coach.records import Document


def read_text(data: bytes) -> Document:
    """Return the document in a .txt file.

    Raises:
        ArticleError: The bytes are no text.
    """
    return Document(text=decode(data))
