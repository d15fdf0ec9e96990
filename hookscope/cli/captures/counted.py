"""How many have passed, shown on a terminal while it goes on."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from hookscope.cli import output

_T = TypeVar("_T")

_SECONDS = 0.2


def counted(items: Iterable[_T], describe: Callable[[int], str]) -> Iterator[_T]:
    """The items, with a line on stderr about their number now and then; the line is gone at the end."""
    shown, is_shown = time.monotonic(), output.draws_passing()
    try:
        for number, item in enumerate(items, 1):
            if is_shown and (now := time.monotonic()) - shown > _SECONDS:
                shown = now
                output.passing(describe(number))
            yield item
    finally:
        output.passing(None)
