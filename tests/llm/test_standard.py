"""LangChain's own tests for chat models."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_tests.unit_tests import ChatModelUnitTests

from coach.llm.llama import LlamaChat


class TestLlamaChat(ChatModelUnitTests):
    @pytest.fixture(autouse=True)
    def _model_file(self, gguf: Path) -> None:
        type(self).path = str(gguf)

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return LlamaChat

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.path, "temperature": 0.0}
