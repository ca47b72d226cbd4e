"""Encoder and vectors, built on first use and kept: what ingest writes with, and what search reads with."""

import logging
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from coach.config import Settings
from coach.errors import CoachError, EncoderError, VectorsError
from coach.index.encoder import Encoder, load_encoder
from coach.index.foreign import lasting
from coach.index.ingest import ACTIVE_ENCODER, ACTIVE_NAME
from coach.index.manifest import Manifest

if TYPE_CHECKING:
    from coach.index.vectors import Vectors

_CHOSEN = "encoder chosen"
_LOG = logging.getLogger(__name__)


class Parts:
    """The heavy parts of retrieval. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        manifest: Manifest,
        report: Callable[[str, CoachError | None], None],
        encoder: Encoder | None,
        mended: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing is loaded yet; `encoder` is used instead of the one that the settings name.

        `mended` is called when a Chroma server answers again, or has lost what it held.
        """
        self._mended = mended
        self._settings = settings
        self._instead = ""
        self._manifest = manifest
        self._report = report
        self._build = threading.RLock()
        self._given = {encoder.name: encoder} if encoder else {}
        self._encoders: dict[str, Encoder | EncoderError] = {**self._given}
        self._vectors: Vectors | None = None

    def close(self) -> None:
        """Let go of the vectors' files."""
        if self._vectors is not None:
            self._vectors.close()

    @property
    def wanted(self) -> str:
        """The encoder that is to be used: what was chosen here, what the settings name, what was chosen before."""
        named = "encoder" in self._settings.model_fields_set
        kept = None if named else self._manifest.meta(_CHOSEN)
        return self._instead or next(iter(self._given), None) or kept or lasting(self._settings.encoder)

    @property
    def used(self) -> str:
        """The encoder that search uses; before anything is stored, the one that it will use."""
        return self._manifest.meta(ACTIVE_NAME) or self.wanted

    def choose(self, name: str) -> None:
        """Want another encoder; the choice is kept, and counts at the next start if the settings name none."""
        self._manifest.set_meta(_CHOSEN, name)
        self._instead = name if self._given or "encoder" in self._settings.model_fields_set else ""

    def encoder(self, name: str) -> Encoder:
        """Load an encoder once; one that can't be loaded fails at once the next time, until it is forgotten.

        Raises:
            EncoderError: It can't be loaded.
        """
        with self._build:
            found = self._encoders.get(name)
            if found is None:
                try:
                    found = load_encoder(name, models=self._settings.models)
                except EncoderError as error:
                    found = error
                self._encoders[name] = found
        if isinstance(found, EncoderError):
            raise found
        return found

    def forget(self, name: str) -> None:
        """Free an encoder that is not used any more, or let one that could not be loaded be tried again."""
        with self._build:
            if name not in self._given:
                self._encoders.pop(name, None)

    def vectors(self) -> "Vectors":
        """The vectors. A damaged folder is put aside and begun anew: the next `heal` fills it again.

        Raises:
            VectorsError: Chroma's folder can't be used.
        """
        from coach.index.vectors import Vectors, damaged

        with self._build:
            if self._vectors is None:
                if self._settings.chroma_url:
                    owner = home_id(self._settings.home)
                    self._vectors = Vectors(self._settings.chroma_url, owner=owner, told=self._told)
                else:
                    if damaged(self._settings.chroma):
                        put_aside(self._settings.chroma)
                    self._vectors = Vectors(self._settings.chroma)
            return self._vectors

    def _told(self, error: VectorsError | None) -> None:
        self._report("vectors", error)
        if error is None:
            self._report("encoder", None)  # a change of the encoder that Chroma did not let begin
            self._mended()

    def backend(self) -> "tuple[Encoder, Vectors]":
        """What ingest writes with: the encoder that search uses, or the one that is wanted if there is none.

        Raises:
            EncoderError: The encoder can't be loaded.
            VectorsError: Chroma's folder can't be used.
        """
        vectors = self.vectors()
        try:
            active = self._active()
        except EncoderError:
            active = None
        return active or self.encoder(self.wanted), vectors

    def active(self) -> "tuple[Encoder, Vectors] | None":
        """The encoder whose vectors are complete, and the vectors: what search reads with; None means words alone."""
        try:
            encoder = self._active()
            return (encoder, self.vectors()) if encoder else None
        except (EncoderError, VectorsError) as error:
            self._report("encoder", error)
            return None

    def _active(self) -> Encoder | None:
        fingerprint = self._manifest.meta(ACTIVE_ENCODER)
        if fingerprint is None:
            return None
        encoder = self.encoder(self._manifest.meta(ACTIVE_NAME) or "")
        return encoder if encoder.fingerprint == fingerprint else None


def home_id(home: Path) -> str:
    """What tells a home from others that use the same Chroma server: a file, which no back-up takes elsewhere."""
    file = home / "home.id"
    if not file.exists():
        fresh = file.with_name(f"home.id.{os.getpid()}")
        fresh.write_text(secrets.token_hex(6), encoding="ascii")
        fresh.replace(file)
    return file.read_text(encoding="ascii").strip()


def put_aside(folder: Path) -> None:
    """Rename a damaged folder; an older one that was put aside is removed."""
    aside = folder.with_name(f"{folder.name}.damaged")
    _LOG.warning("%s is damaged; it is put aside as %s and made again from the articles", folder, aside.name)
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
