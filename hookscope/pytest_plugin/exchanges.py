"""The exchanges between Meta's side and the app in one test. Any thread may add to it and wait for it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from msgspec import Struct

from hookscope.model.record import Capture
from hookscope.pytest_plugin.awaiting import Calls

_T = TypeVar("_T")


class AppSubscription(Struct, frozen=True, kw_only=True):
    """A subscription of the app to an object, as registered."""

    object: str
    callback_url: str
    fields: tuple[str, ...]
    active: bool


class _Wanted(Generic[_T]):
    """A condition that a test waits for."""

    def __init__(self, find: Callable[[], _T | None]) -> None:
        self.found: Future[_T] = Future()
        self._find = find

    def look(self) -> bool:
        """Check the condition; return whether nobody is waiting for it anymore."""
        found = None if self.found.done() else self._find()
        if found is not None and self.found.set_running_or_notify_cancel():
            self.found.set_result(found)
        return self.found.done()


class Exchanges:
    """The captures in order, numbered from 1, and the app's subscriptions.

    `before_sending` is called with the body of each notification that `meta_webhook` is about to send.
    """

    def __init__(self) -> None:
        self.calls = Calls()
        self.captures: tuple[Capture, ...] = ()
        self.subscriptions: tuple[AppSubscription, ...] = ()
        self.before_sending: Callable[[bytes], None] = lambda _: None
        self._lock = threading.RLock()
        self._wanted: list[_Wanted[Any]] = []
        self._seen: dict[str, int] = {}

    def add(self, capture: Capture) -> None:
        """Add a capture with its number and its duplicates."""
        with self._lock:
            number = len(self.captures) + 1
            originals = tuple(self._original(identity, number) for identity in capture.identify())
            kept = capture.kept(number, capture.reply.elapsed_ms, originals)
            self.captures = (*self.captures, kept)
            self._look()

    def subscribed(self, subscriptions: tuple[AppSubscription, ...]) -> None:
        """Replace the app's subscriptions."""
        with self._lock:
            self.subscriptions = subscriptions
            self._look()

    def until(self, find: Callable[[], _T | None]) -> "Future[_T]":
        """Return a future for the first result of `find` that is not None; it is called now and on each change."""
        wanted = _Wanted(find)
        with self._lock:
            if not wanted.look():
                self._wanted.append(wanted)
        return wanted.found

    def _look(self) -> None:
        self._wanted = [wanted for wanted in self._wanted if not wanted.look()]

    def _original(self, identity: str | None, number: int) -> int | None:
        first = self._seen.setdefault(identity, number) if identity else number
        return first if first != number else None
