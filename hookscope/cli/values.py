"""Values on a command line that a function reads: what is wrong with one is an error of its option."""

import math
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


class Measure(click.FloatRange):
    """A number; `nan`, which is in no range and outside of none, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number
