"""Ends the screen's process soon after its terminal or its parent is gone, whatever the framework does meanwhile.

Textual 8.2.8 hands what it draws to a thread by a queue of 30. That thread ends with the terminal, and whoever puts
something more into the full queue then, leaving the screen for example, waits for ever.
"""

import os
import select
import sys
import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING

from hookscope import terminal

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_SECONDS = 0.5
"""Between two looks on a system that does not tell at once when a terminal is gone."""
_GRACE_SECONDS = 1.0
_FAILURE = 1


class Loss(StrEnum):
    """The reason why the screen must end: no run to show, or no terminal."""

    TERMINAL = "terminal"
    PARENT = "parent"


class Watchdog:
    """A thread that ends this process. `parent` is a pipe or connection that the parent holds open as long as it lives.

    `on_loss` is called in that thread at once; whatever has not ended the process a moment later is not waited for.
    """

    def __init__(self, parent: int | None) -> None:
        self.on_loss: Callable[[Loss], None] = lambda _: None
        self._parent = parent
        self._screen = 0
        self._before = terminal.state()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        self.on_loss(self._loss())
        time.sleep(_GRACE_SECONDS)
        if self._before:
            terminal.restore(self._before)
        os._exit(_FAILURE)

    def _loss(self) -> Loss:
        """Wait until the terminal or the parent is gone."""
        ends = select.poll()
        if self._before:
            ends.register(self._screen, 0)  # An end is reported without being requested.
        if self._parent is not None:
            ends.register(self._parent, 0)
        while True:
            ended = {descriptor for descriptor, _ in ends.poll(_LOOK_SECONDS * 1000)}
            if self._screen in ended or (self._before and terminal.is_gone(self._screen)):
                return Loss.TERMINAL
            if self._parent in ended:
                return Loss.PARENT


def owns_terminal() -> bool:
    """Return whether this process may use the terminal that it was started on."""
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp() if sys.__stdin__ else True
    except OSError:
        return True
