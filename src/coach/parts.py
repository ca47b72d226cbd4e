"""Encoder and vectors, built on first use and kept: what ingest writes with, and what search reads with."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from coach.config import Settings
from coach.errors import CoachError, EncoderError, VectorsError
from coach.index.encoder import Encoder, load_encoder
from coach.index.ingest import ACTIVE_ENCODER, ACTIVE_NAME
from coach.index.manifest import Manifest

if TYPE_CHECKING:
    from coach.index.vectors import Vectors


class Parts:
    """The heavy parts of retrieval. Safe to use from several threads."""

    def __init__(
        self,
        settings: Settings,
        manifest: Manifest,
        report: Callable[[str, CoachError], None],
        encoder: Encoder | None,
    ) -> None:
        """Nothing is loaded yet; `encoder` is used instead of the one that the settings name."""
        self._settings = settings
        self._manifest = manifest
        self._report = report
        self._build = threading.RLock()
        self._encoders: dict[str, Encoder | EncoderError] = {settings.encoder: encoder} if encoder else {}
        self._vectors: Vectors | None = None

    def close(self) -> None:
        """Let go of the vectors' files."""
        if self._vectors is not None:
            self._vectors.close()

    def encoder(self, name: str, *, local: bool = False) -> Encoder:
        """Load an encoder once; one that can't be loaded fails at once the next time. `local` keeps off the hub.

        Raises:
            EncoderError: It can't be loaded.
        """
        with self._build:
            found = self._encoders.get(name)
            if found is None:
                local = local or self._settings.offline
                try:
                    found = load_encoder(name, models=self._settings.models, local=local)
                except EncoderError as error:
                    found = error
                self._encoders[name] = found
        if isinstance(found, EncoderError):
            raise found
        return found

    def backend(self) -> "tuple[Encoder, Vectors]":
        """The encoder that is set, and the vectors: what ingest writes with.

        Raises:
            EncoderError: The encoder can't be loaded.
            VectorsError: Chroma's folder can't be used.
        """
        from coach.index.vectors import Vectors

        with self._build:
            if self._vectors is None:
                self._vectors = Vectors(self._settings.chroma)
            return self.encoder(self._settings.encoder), self._vectors

    def active(self) -> "tuple[Encoder, Vectors] | None":
        """The encoder whose vectors are complete, and the vectors: what search reads with; None means words alone."""
        fingerprint = self._manifest.meta(ACTIVE_ENCODER)
        if fingerprint is None:
            return None
        try:
            encoder, vectors = self.backend()
            if encoder.fingerprint != fingerprint:
                encoder = self.encoder(self._manifest.meta(ACTIVE_NAME) or "", local=True)
        except (EncoderError, VectorsError) as error:
            self._report("encoder", error)
            return None
        return (encoder, vectors) if encoder.fingerprint == fingerprint else None
