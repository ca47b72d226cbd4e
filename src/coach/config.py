"""Settings: one frozen object, passed in, never global.

Precedence: defaults < TOML file < `COACH_*` environment variables < arguments (flags). The TOML file is `$COACH_CONFIG`
or `coach.toml` in the home folder. Knows nothing about what the settings are used for.
"""

import os
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from coach.errors import HomeError, SettingsError

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: holds `corpus/` and `models/`."""


def default_home() -> Path:
    """Where data lives if nothing else is said: `$COACH_HOME` or `~/.interview-coach`."""
    return Path(os.environ.get("COACH_HOME") or "~/.interview-coach").expanduser()


class Settings(BaseSettings):
    """All that can be set.

    Attributes:
        home: Folder for SQLite, Chroma and added articles; made on first use.
        corpus: Folder of articles.
        models: Folder of GGUF files and of the bundled encoder.
        llm: "auto" (a GGUF in `models`, else none), "none", a GGUF's path, or the URL of an OpenAI-compatible server.
        encoder: "bundled", or a sentence-transformers name or folder; where nothing is set, what was chosen counts.
        chroma_url: Address of a Chroma server that holds the vectors; "" keeps them in the home.
        reranker: A cross-encoder's name or folder, or "none"; where nothing is set, what was chosen counts.
        language: Language of the interface: "zh" or "en".
        host: Address that the page is served on.
        domain: Names, by comma, under which a proxy serves the page to others; needs `auth`.
        port: Port that the page is served on.
        context: Context length asked of a language model, in tokens.
        threads: Threads for a language model; 0 chooses by the machine.
        auth: Whether one has to sign in; needed to serve on an address that others can reach.
        answer_tokens: Most tokens of a written answer.
        refusal: Confidence (0..1) below which the coach says that the articles do not cover a question.
        offline: Forbids every call to a model hub.
        max_article_mb: Article files larger than this (in MiB) are refused.
    """

    model_config = SettingsConfigDict(env_prefix="COACH_", frozen=True, extra="forbid")

    home: Path = Field(default_factory=default_home)
    corpus: Path = PROJECT / "corpus"
    models: Path = PROJECT / "models"
    llm: str = "auto"
    encoder: str = "bundled"
    chroma_url: str = ""
    reranker: str = "none"
    language: Literal["zh", "en"] = "zh"
    host: str = "127.0.0.1"
    domain: str = ""
    port: int = Field(default=7860, ge=0, le=65535)
    context: int = Field(default=4096, ge=256)
    threads: int = Field(default=0, ge=0)
    answer_tokens: int = Field(default=512, ge=16)
    auth: bool = False
    refusal: float = Field(default=0.5, ge=0.0, le=1.0)
    offline: bool = False
    max_article_mb: int = Field(default=20, ge=1)

    @field_validator("chroma_url", mode="after")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^/\s]+", url.rstrip("/")):
            raise ValueError("an address looks like http://127.0.0.1:8000")
        return url.rstrip("/")

    @field_validator("home", "corpus", "models", mode="after")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the TOML file between the defaults and the environment."""
        home = Path(init_settings().get("home") or default_home()).expanduser()
        named = os.environ.get("COACH_CONFIG")
        toml = Path(named) if named else home / "coach.toml"
        if named and not toml.is_file():
            raise SettingsError(f"The settings file {toml}, named by COACH_CONFIG, does not exist.")
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=toml))

    @property
    def database(self) -> Path:
        """The SQLite file: the truth."""
        return self.home / "coach.sqlite3"

    @property
    def chroma(self) -> Path:
        """Chroma's folder: derived, can be deleted."""
        return self.home / "chroma"

    @property
    def library(self) -> Path:
        """Folder of the articles that were added on the page or from a URL."""
        return self.home / "articles"

    @property
    def restoring(self) -> Path:
        """A back-up that is being restored; it is there only until that is done."""
        return self.home / "restore"

    def make_home(self) -> Path:
        """Make the home folder and prove that it can be written.

        Raises:
            HomeError: It can't be made or written.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            probe = self.home / f".write-test-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise HomeError(
                f"The home folder {self.home} can't be written ({error.strerror}). "
                "Mend its permissions, or choose another with --home FOLDER or COACH_HOME."
            ) from error
        return self.home


def load_settings(**flags: Any) -> Settings:  # noqa: ANN401 - values are checked by pydantic
    """Build settings from all sources; flags that are None are left out.

    Raises:
        SettingsError: A value can't be used; the message names the setting and its value.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"The setting {name!r} can't be {first.get('input')!r}: {first['msg']}. "
            "Mend it in the flags, the COACH_* environment or coach.toml."
        ) from error
    except ValueError as error:  # a TOML file that is no TOML
        raise SettingsError(f"The settings file can't be read: {error}") from error
