"""The feed: items in order, to any number of subscribers, none of which can hold up the others or the receiver."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from hookscope.model.run_events import Captured, Delivered, Gap, Level, Notice, RunEvent, TargetSeen

_LIMIT = 16384
_TOGETHER = 512
"""The most items that are read at once: what is being read takes as much memory as what waits."""

_BURST = 32
_LULL_SECONDS = 0.02
"""The captures and deliveries, and the time, beyond which nobody can read them as they come."""

_LULLS = 150
"""The number of lulls that are waited for: what a burst brings waits for three seconds at most."""


class Subscriber:
    """One subscriber's queue. Holds at most `limit` captures and deliveries; further captures become a gap.

    Beyond the limit only the last delivery to each application is kept, since each may change the application's light.
    """

    def __init__(self, leave: Callable[["Subscriber"], None], limit: int) -> None:
        self._leave = leave
        self._limit = limit
        self._items: deque[RunEvent] = deque()
        self._seen: dict[str, TargetSeen] = {}
        self._wake = asyncio.Event()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(self)

    @property
    def is_behind(self) -> bool:
        """True if items wait to be read."""
        return bool(self._items)

    async def read(self) -> list[RunEvent]:
        """Return the next waiting items, oldest first, as soon as there are any; an empty list when the feed has ended.

        They take much memory: clear the list as soon as they are no longer needed.
        """
        await self._wake.wait()
        self._keep_seen()
        items = [self._items.popleft() for _ in range(min(len(self._items), _TOGETHER))]
        if not self._closed and not self._items:
            self._wake.clear()
        return items

    async def outlast_burst(self) -> None:
        """Wait until fewer items arrive; for three seconds at most, and only while there is much room.

        For subscribers whose work with each item would take time from the receiver and from forwarding.
        """
        known = 0
        for _ in range(_LULLS):
            waiting = len(self._items)
            if self._closed or waiting - known < _BURST or waiting > self._limit // 2:
                return
            known = waiting
            await asyncio.sleep(_LULL_SECONDS)

    def put(self, item: RunEvent) -> None:
        """Queue an item, or widen the gap."""
        if len(self._items) >= self._limit and isinstance(item, Captured | Delivered | TargetSeen):
            self._skip(item)
        else:
            self._keep_seen()
            self._items.append(item)
        self._wake.set()

    def close(self) -> None:
        """End the queue: no further item comes."""
        self._closed = True
        self._wake.set()

    def _keep_seen(self) -> None:
        if self._seen:
            self._items += self._seen.values()
            self._seen.clear()

    def _skip(self, item: Captured | Delivered | TargetSeen) -> None:
        if isinstance(item, TargetSeen):
            self._seen[item.target] = item
        if not isinstance(item, Captured):
            return
        number = item.capture.id
        if isinstance(last := self._items[-1], Gap):
            # With `--ack app`, captures come in the order of their answers.
            self._items[-1] = Gap(first_id=min(last.first_id, number), last_id=max(last.last_id, number))
        else:
            self._items.append(Gap(first_id=number, last_id=number))


class Feed:
    """Hands every published item to every subscriber. Use it from one event loop's thread."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._closed = False

    def publish(self, item: RunEvent) -> None:
        """Tell all subscribers; never waits."""
        for subscriber in self._subscribers:
            subscriber.put(item)

    def subscribe(self, limit: int = _LIMIT) -> Subscriber:
        """Subscribe: a context manager that leaves the feed at its end."""
        subscriber = Subscriber(self._subscribers.remove, limit)
        self._subscribers.append(subscriber)
        if self._closed:
            subscriber.close()
        return subscriber

    def close(self) -> None:
        """End the feed: subscribers read the waiting items and then an empty list."""
        self._closed = True
        for subscriber in self._subscribers:
            subscriber.close()


class RateLimitedNotice:
    """Publishes a notice that ends with its `consequence`, in words, and then none for `seconds`."""

    def __init__(
        self,
        publish: Callable[[RunEvent], None],
        consequence: str,
        *,
        level: Level = Level.ERROR,
        seconds: float = 10.0,
    ) -> None:
        self._publish = publish
        self._consequence = consequence
        self._level = level
        self._seconds = seconds
        self._made: float | None = None

    def make(self, message: str, hint: str | None) -> None:
        """Publish the notice, unless that was just done."""
        at = time.monotonic()
        if self._made is None or at - self._made > self._seconds:
            self._made = at
            self._publish(Notice(level=self._level, message=f"{message}; {self._consequence}", hint=hint))
