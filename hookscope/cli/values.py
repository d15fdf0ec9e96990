"""Values on a command line that a function reads: what is wrong with one is an error of its option."""

from collections.abc import Callable
from typing import Any

import click

MOST = 10**8
"""More captures than anybody has, or wants to send at once."""


class Parsed(click.ParamType):  # type: ignore[type-arg]
    """A text as `parse` reads it; its ValueError is the user's."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
