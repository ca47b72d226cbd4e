"""Every text of the interface, in Chinese and English. Texts with `{names}` are filled with `str.format`."""

from collections.abc import Mapping
from typing import Literal

from coach.ui.texts.en import EN
from coach.ui.texts.fields import Count, Texts
from coach.ui.texts.zh import ZH

__all__ = ["EN", "LANGUAGES", "TEXTS", "ZH", "Count", "Language", "Texts"]

Language = Literal["zh", "en"]
LANGUAGES: Mapping[str, Language] = {"中文": "zh", "English": "en"}
"""What the switch shows → the language that it stands for."""

TEXTS: Mapping[str, Texts] = {"zh": ZH, "en": EN}
