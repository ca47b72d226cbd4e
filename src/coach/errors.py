"""Every error that the coach raises, on one page.

A message says what happened, to what, and how to mend it. Foreign exceptions are mapped to one of these at the one
place where the foreign library is called. Two places catch `CoachError`: the page (a message) and the command line
(one line, exit code 2).
"""


class CoachError(Exception):
    """Root of all errors that a person can do something about."""


class SettingsError(CoachError):
    """A setting has a value that can't be used."""


class HomeError(CoachError):
    """The home folder, where the coach keeps its data, can't be used."""


class CorpusError(CoachError):
    """A folder of articles is missing or can't be read."""


class ArticleError(CoachError):
    """One article can't be read; the others are not affected."""


class IngestError(CoachError):
    """Ingest as a whole can't go on, for example because another one is running."""


class EncoderError(CoachError):
    """The text encoder can't be loaded or used."""


class VectorsError(CoachError):
    """Chroma can't be opened, queried or written."""


class VectorsDamagedError(VectorsError):
    """What Chroma holds of one encoder is broken: it is made anew from the articles."""


class ModelError(CoachError):
    """A language model can't be loaded or used."""


class ModelFileError(ModelError):
    """A model file is missing, damaged, or not a text-generating GGUF."""


class HubError(ModelError):
    """A model file can't be downloaded: the hub does not answer, does not have it, or has another one."""


class PromptTooLongError(ModelError):
    """The prompt does not fit into the model's context, even after trimming."""


class InterviewError(CoachError):
    """An interview can't be started, or a stored one can't be found or read."""


class ConversationError(CoachError):
    """A stored conversation can't be read."""


class BackupError(CoachError):
    """A back-up can't be made, or a file is none that can be restored."""


class UserError(CoachError):
    """A user can't be added or found, or is not allowed to do something."""


class ServeError(CoachError):
    """The page can't be served, for example because the port is in use."""
