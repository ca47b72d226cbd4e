"""Which reranker reads the best hits again, if any. One that fails is told once, and search goes on without it."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from coach.config import Settings
from coach.encoders import Change, Choice
from coach.errors import CoachError, EncoderError
from coach.index.foreign import find, known, lasting, own_folders
from coach.index.manifest import Manifest
from coach.records import Hit

if TYPE_CHECKING:
    from coach.index.rerank import Reranker

NONE = "none"
_CHOSEN = "reranker chosen"


class Reranking:
    """The choice of a reranker; called with a question and its hits, it gives them back in their new order."""

    def __init__(
        self, settings: Settings, manifest: Manifest, report: Callable[[str, CoachError | None], None]
    ) -> None:
        """Nothing is loaded yet.

        Args:
            settings: Which one, and where models lie.
            manifest: Keeps the choice.
            report: Told what went wrong with it, or None when it is mended.
        """
        self._settings, self._manifest, self._report = settings, manifest, report
        self._lock = threading.Lock()
        self._instead = ""
        self._loaded: Reranker | None = None
        self._failed = ""

    @property
    def used(self) -> str:
        """The reranker that is to be used, or "none"."""
        named = "reranker" in self._settings.model_fields_set
        kept = None if named else self._manifest.meta(_CHOSEN)
        return self._instead or kept or self._settings.reranker or NONE

    def listed(self, change: Change | None = None) -> list[Choice]:
        """The rerankers that are known, those in the folder of models, and what else is used; `change` is of one."""
        names = {
            each.name: Choice(
                each.name,
                each.size,
                each.licence,
                tuple(each.languages),
                find(each.name, self._settings.models) is not None,
                used=each.name == self.used,
                change=change if change and change.name == each.name else None,
            )
            for each in known("rerankers")
        }
        own = [*own_folders(self._settings.models, "rerankers"), *([self.used] if self.used != NONE else [])]
        return [*names.values(), *(Choice(name, used=name == self.used) for name in own if name not in names)]

    def use(self, name: str) -> None:
        """Use another reranker, or "none", from now on; the choice is kept.

        Raises:
            EncoderError: It is not on this machine or can't be loaded; what was used before stays.
        """
        name = lasting(name)
        loaded = None if name == NONE else self._load(name)
        with self._lock:
            self._manifest.set_meta(_CHOSEN, name)
            self._instead = name if "reranker" in self._settings.model_fields_set else ""
            self._loaded, self._failed = loaded, ""
        self._report("reranker", None)

    def load(self) -> None:
        """Load the one that is to be used, if any; what fails is reported."""
        name = self.used
        with self._lock:
            if name in (NONE, self._failed) or (self._loaded and self._loaded.name == name):
                return
            try:
                self._loaded, self._failed = self._load(name), ""
            except EncoderError as error:
                self._fail(name, error)

    def __call__(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits in their new order; as they are without a reranker, or where it fails."""
        name = self.used
        if name == NONE or not hits:
            return list(hits)
        self.load()
        reranker = self._loaded
        if reranker is None or name in (NONE, self._failed):
            return list(hits)
        try:
            return reranker.rerank(question, hits)
        except EncoderError as error:
            self._fail(name, error)
            return list(hits)

    def active(self) -> "Reranking | None":
        """This, if there is a reranker that is used and has not failed: what search asks for."""
        return None if self.used in (NONE, self._failed) else self

    def _load(self, name: str) -> "Reranker":
        from coach.index.rerank import Reranker

        return Reranker(name, models=self._settings.models)

    def _fail(self, name: str, error: EncoderError) -> None:
        self._loaded, self._failed = None, name
        self._report("reranker", EncoderError(f"{error} Until then hits keep the order of the search."))
