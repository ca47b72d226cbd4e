"""Which model answers, and changing it: the files of this machine, the choice that is kept, the model in use."""

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from coach.config import Settings
from coach.errors import CoachError, ModelFileError
from coach.llm.current import Current

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from coach.llm.store import ModelInfo, Store


class Models:
    """The language models of a coach.

    Args:
        settings: Says what to use, where files lie, and whether hubs may be called.
        report: Told what went wrong with the model, or None when it is mended.
        chat: Used at first instead of what the settings say.
    """

    def __init__(
        self,
        settings: Settings,
        report: Callable[[CoachError | None], None],
        chat: "BaseChatModel | None" = None,
    ) -> None:
        self._settings, self._report = settings, report
        self._seen: set[tuple[str, int, int]] = set()
        self.current = Current(self._open, chat, self._appeared)

    @cached_property
    def store(self) -> "Store":
        """The files and downloads; made at the first use, for it needs the network's packages."""
        from coach.llm.store import Store

        return Store(self._settings, finished=self._downloaded)

    def listed(self) -> "list[ModelInfo]":
        """All models, installed and to be had; before the first answer, "running" is the one that would be used."""
        from coach.llm.models import find_model

        if self.current.opened:
            self.current.get()  # a file may have been put there
            return self.store.listed(self._path())
        try:
            return self.store.listed(str(find_model(self._settings) or ""))
        except ModelFileError:
            return self.store.listed()

    @property
    def name(self) -> str:
        """What the model in use is called: a file without its ending, or a server's name of it; "" for none."""
        model = self._path()
        return Path(model).stem if model.endswith(".gguf") else model

    def load(self) -> None:
        """Load the model that is to be used.

        Raises:
            CoachError: It can't be loaded.
        """
        load = getattr(self.current.get(), "load", None)
        if callable(load):
            load()

    def use(self, which: str) -> None:
        """Change to a model, and keep the choice for the next start if the settings leave it open.

        Raises:
            CoachError: It can't be used; what was used before stays.
        """
        from coach.llm.models import open_chat, remember

        self._seen = self._files()
        llm = which if which in ("auto", "none") or "://" in which else str(self.store.path(which).absolute())
        # For "auto" the kept choice must go first; otherwise nothing is kept that doesn't work.
        if llm == "auto":
            remember(self._settings, llm)
        chat = open_chat(self._settings.model_copy(update={"llm": llm}))
        if chat is None or str(getattr(chat, "model", "")) != self._path():
            self.current.change(chat, roomy=self._roomy(chat))
        self._report(None)
        if self._settings.llm == "auto":
            remember(self._settings, llm)

    def remove(self, name: str) -> None:
        """Delete a model's file; one that is in use is put away first.

        Raises:
            ModelError: It is not installed or can't be deleted.
        """
        if str(self.store.path(name)) == self._path():
            self.current.change(None)
        self.store.remove(name)

    def close(self) -> None:
        """Pause downloads and free the model."""
        if "store" in vars(self):
            self.store.close()
        self.current.close()

    def _path(self) -> str:
        return str(getattr(self.current.chat, "model", ""))

    def _open(self) -> "BaseChatModel | None":
        if self._settings.llm == "none":
            return None
        from coach.llm.models import lost_choice, open_chat

        self._seen = self._files()
        try:
            chat = open_chat(self._settings)
        except CoachError as error:
            self._report(error)
            return None
        if lost := lost_choice(self._settings):
            instead = "Another one is used" if chat else "Answers are quoted from the articles"
            self._report(
                ModelFileError(f"The model {lost} that was chosen is gone. {instead}; choose one on the Models tab.")
            )
        return chat

    def _files(self) -> set[tuple[str, int, int]]:
        """The model files of the folder, and what tells whether they have changed."""
        found = set()
        for path in self._settings.models.rglob("*.gguf"):
            with suppress(OSError):  # it was deleted just now
                there = path.stat()
                found.add((str(path), there.st_size, there.st_mtime_ns))
        return found

    def _appeared(self) -> bool:
        """Whether a file was put into the folder while no model is used, though one would be."""
        from coach.llm.models import wanted

        if self._settings.llm != "auto" or wanted(self._settings) == "none":
            return False
        return bool(self._files() - self._seen)

    def _downloaded(self, path: Path) -> None:
        """Use what was just downloaded, if the coach is answering and the settings leave the choice open."""
        if self._settings.llm == "auto" and self.current.opened:
            try:
                self.use(str(path))
            except CoachError as error:
                self._report(error)

    def _roomy(self, chat: "BaseChatModel | None") -> bool:
        """Whether a model can be loaded beside the one in use."""
        from coach.llm.models import free_memory_bytes

        path = str(getattr(chat, "model", ""))
        needed = next((info.needed for info in self.store.listed(path) if info.running), 0)
        return needed < free_memory_bytes()
