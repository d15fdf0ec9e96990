"""The numbers of captures on a command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from hookscope.capture.history import History
from hookscope.capture.record import Capture
from hookscope.errors import UsageError


class CaptureId(click.ParamType):  # type: ignore[type-arg]
    """`12`, `#12` or `last`, which is 0."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).removeprefix("#")
        if text == "last":
            return 0
        if not (text.isascii() and text.isdecimal()) or int(text) == 0:
            self.fail(f"{value!r} is no capture's number; see `hookscope ls`", param, ctx)
        return int(text)


def find(history: History, journal: Path, numbers: Sequence[int]) -> list[Capture]:
    """The captures of these numbers, in order. Raises UsageError for one that is not there."""
    return [_find(history, journal, number) for number in numbers]


def _find(history: History, journal: Path, number: int) -> Capture:
    found = history.capture(number) if number else next(history.captures(newest_first=True), None)
    if found is None:
        what = f"there is no capture #{number}" if number else "there is no capture yet"
        raise UsageError(f"{what} in {journal}", hint="see `hookscope ls`")
    return found
