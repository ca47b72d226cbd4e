"""Turns a CoachError in a handler into a message on the page."""

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, TypeVar

import gradio as gr

from coach.errors import CoachError

Handler = TypeVar("Handler", bound=Callable[..., Any])


def guarded(handler: Handler) -> Handler:
    """Wrap a handler (a function or a generator): its CoachError is shown as a message, without a traceback."""

    @wraps(handler)
    def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - passes on whatever the handler takes and gives
        try:
            return handler(*args, **named)
        except CoachError as error:
            raise gr.Error(str(error), duration=None, print_exception=False) from error

    @wraps(handler)
    def run(*args: Any, **named: Any) -> Iterator[Any]:  # noqa: ANN401
        try:
            yield from handler(*args, **named)
        except CoachError as error:
            raise gr.Error(str(error), duration=None, print_exception=False) from error

    return run if isgeneratorfunction(handler) else call  # type: ignore[return-value]  # same signature, by wraps
