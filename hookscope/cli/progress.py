"""Progress, as a line at the bottom of the terminal."""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from hookscope.cli import output

EACH_SHOWN = 50
"""The most for which a person at a terminal gets a line each; of more, only those that failed, above the bar."""

_EVERY_SECONDS = 0.1
_FULL, _EMPTY = "━", "╌"
_WIDEST = 40


class ProgressBar:
    """Progress toward a total; a context manager. Draws nothing without a terminal."""

    def __init__(self, total: int) -> None:
        self.is_shown = output.draws_passing()
        self._total = max(total, 1)
        self._started = time.monotonic()
        self._drawn = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        output.passing(None)

    def show(self, done: int, note: str = "") -> None:
        """Show the progress, now and then."""
        moment = time.monotonic()
        if not self.is_shown or moment - self._drawn < _EVERY_SECONDS:
            return
        self._drawn = moment
        figures = f" {done:,}/{self._total:,}  {done / max(moment - self._started, 0.001):,.0f}/s{note}"
        room = shutil.get_terminal_size().columns - len(figures) - 1
        width = max(0, min(room, _WIDEST))
        full = width * min(done, self._total) // self._total
        output.passing((_FULL * full + _EMPTY * (width - full) + figures)[: width + len(figures) + min(room, 0)])


_T = TypeVar("_T")

_SECONDS = 0.2


def show_count(items: Iterable[_T], describe: Callable[[int], str]) -> Iterator[_T]:
    """Yield the items, with a line on stderr about their number now and then; the line is removed at the end."""
    show = show_now_and_then(describe)
    try:
        for number, item in enumerate(items, 1):
            show(number)
            yield item
    finally:
        output.passing(None)


def show_now_and_then(describe: Callable[[_T], str]) -> Callable[[_T], None]:
    """Return a function that shows, now and then, a line on stderr about what it is given."""
    shown, is_shown = time.monotonic(), output.draws_passing()

    def show(what: _T) -> None:
        nonlocal shown
        if is_shown and (now := time.monotonic()) - shown > _SECONDS:
            shown = now
            output.passing(describe(what))

    return show
