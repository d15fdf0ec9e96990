"""The demo: rounds of events, over and over, for every subscription whose callback answered a handshake.

First come valid notifications of what is subscribed, then a batch, a test from the dashboard, a duplicate, and what
every public address receives as well: a forged notification and a scanner's request.
"""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from random import Random
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from hookscope.samples.catalog import of_field, sample_of
from hookscope.samples.placeholders import PlaceholderFiller
from hookscope.sandbox.clock import SandboxClock
from hookscope.sandbox.courier import Courier
from hookscope.sandbox.delivery import Fault, QueuedNotification
from hookscope.sandbox.demo import demo_order
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.world import World

_FIRST_PAUSE = 0.5
_PAUSE = 2.0
_FEWEST_SINGLES = 3  # with the batch and the test there are five valid notifications before anything else
_MOST_SINGLES = 20  # a round must last no longer than a minute
_BATCH = 3
_TESTS = 5

_Kinds = Iterable[tuple[str, int]]
"""Fields, and which of their samples."""


class Scenario:
    """Plays to the subscriptions of a world; an async context manager.

    A new or changed subscription gets its next event within a second; a removed or inactive one gets none anymore. One
    that was set without a handshake plays a foreign one and gets nothing.
    """

    def __init__(self, world: World, courier: Courier, knobs: Knobs, clock: SandboxClock) -> None:
        self._world = world
        self._courier = courier
        self._knobs = knobs
        self._clock = clock
        self._random = Random()  # noqa: S311  # nothing that is drawn is a secret
        self._players: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        self._world.watch(self._follow)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._world.unwatch(self._follow)
        for player in self._players.values():
            player.cancel()
        await asyncio.gather(*self._players.values(), return_exceptions=True)

    def _follow(self, app_id: str, topic: str) -> None:
        key = (app_id, topic)
        if player := self._players.pop(key, None):
            player.cancel()
        found = self._world.registration(app_id, topic)
        if found and found.active and found.verified:
            self._players[key] = asyncio.create_task(self._play(app_id, topic), name=f"sandbox scenario {topic}")

    async def _play(self, app_id: str, topic: str) -> None:
        await self._clock.sleep(_FIRST_PAUSE)
        while True:
            for _ in self._round(app_id, topic):
                await self._clock.sleep(_PAUSE)

    def _round(self, app_id: str, topic: str) -> Iterator[None]:
        """Play one round, one event a step."""
        admitted = self._world.admitted(app_id, topic, ignore=self._knobs.install_ignored)
        yield from self._genuine(app_id, topic, admitted) if admitted else self._tests(app_id, topic)
        forged = self._notification(app_id, topic, [(demo_order(topic, admitted)[0], 0)] if admitted else [("feed", 0)])
        self._courier.send(replace(forged, fault=Fault.WRONG_SIGNATURE))
        yield
        self._courier.stray(app_id, topic)
        yield

    def _genuine(self, app_id: str, topic: str, admitted: Iterable[str]) -> Iterator[None]:
        names = demo_order(topic, admitted)
        sampled = [name for name in names if of_field(topic, name)] or names[:1]
        kinds = [(name, variant) for variant in range(_FEWEST_SINGLES) for name in sampled]
        singles = kinds[: min(max(len(sampled), _FEWEST_SINGLES), _MOST_SINGLES)]
        notifications = []
        for kind in singles:
            notifications.append(self._notification(app_id, topic, [kind]))
            self._courier.send(notifications[-1])
            yield
        self._courier.send(self._notification(app_id, topic, islice(cycle(kinds), 1, 1 + _BATCH)))
        yield
        self._courier.send(replace(self._notification(app_id, topic, singles[:1]), is_test=True))
        yield
        self._courier.send(notifications[0])  # a duplicate: only the time of sending differs
        yield

    def _tests(self, app_id: str, topic: str) -> Iterator[None]:
        """Play the dashboard's tests, which still come when Page or mode withhold all events."""
        found = self._world.registration(app_id, topic)
        names = demo_order(topic, found.fields if found else ())
        for name in islice(cycle(names), _TESTS):
            self._courier.send(replace(self._notification(app_id, topic, [(name, 0)]), is_test=True))
            yield

    def _notification(self, app_id: str, topic: str, kinds: _Kinds) -> QueuedNotification:
        filler = PlaceholderFiller(
            self._random,
            owner=self._world.owner_of(topic),
            now=self._clock.now(),
            business=self._world.whatsapp.business,
            user_ids=self._knobs.user_ids,
            app_id=app_id,
        )
        updates = (filler.update(sample_of(topic, name, variant)) for name, variant in kinds)
        return QueuedNotification(app_id=app_id, object=topic, updates=tuple(updates))
