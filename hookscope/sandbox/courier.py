"""Signs and delivers notifications as Meta does, and retries them.

Sources: public captures for the headers and their order, Meta's Messenger FAQ for the 20 seconds, its guide "Webhooks:
Get started" for both signatures and for the retries. Requests are HTTP/1.1 with a Content-Length, redirects are not
followed.
"""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout
from msgspec.structs import replace
from yarl import URL

from hookscope.meta import wire
from hookscope.meta.notification_builder import Update, dashboard_test, notification
from hookscope.model.record import Reply
from hookscope.sandbox.clock import SandboxClock
from hookscope.sandbox.delivery import (
    Attempt,
    AttemptResult,
    Fault,
    QueuedNotification,
    SandboxDelivery,
    retry_delays,
    signatures,
)
from hookscope.sandbox.entities import WebhookRegistration
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.observation import Observe, ignore, notification_capture
from hookscope.sandbox.world import World

_KEPT = 1000
_MOST_WAITING = 1000
_READ_BYTES = 1 << 16
_NOT_SENT_BY_ITSELF = ("Accept-Encoding", "User-Agent", "Content-Type")
_SCANNER = (("User-Agent", "Mozilla/5.0 (compatible; scanner/1.0)"), ("Accept", "*/*"))


class Courier:
    """Delivers to the callbacks of a world's subscriptions; an async context manager that owns its retries.

    `deliveries` holds the last thousand. An attempt goes to the URL registered at that moment, and none is made once
    the subscription is gone or inactive.
    """

    def __init__(
        self, world: World, session: ClientSession, knobs: Knobs, clock: SandboxClock, observe: Observe = ignore
    ) -> None:
        self.deliveries: deque[SandboxDelivery] = deque(maxlen=_KEPT)
        self._world = world
        self._session = session
        self._knobs = knobs
        self._clock = clock
        self._observe = observe
        self._count = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def deliver(self, notifications: Sequence[QueuedNotification]) -> list[SandboxDelivery]:
        """Deliver one after the other, and wait for each one's first attempt; retries follow by themselves."""
        ordered = list(reversed(notifications)) if self._knobs.reverse_order else notifications
        return [await self._first(part) for queued in ordered for part in self._by_destination(queued)]

    def send(self, *notifications: QueuedNotification) -> None:
        """Deliver without waiting for anything."""
        self._spawn(self.deliver(notifications))

    def _by_destination(self, queued: QueuedNotification) -> list[QueuedNotification]:
        """Return the notification, or one for each callback when its updates go to several."""
        groups: dict[str | None, list[Update]] = {}
        for update in queued.updates:
            groups.setdefault(self._override(queued, update.field), []).append(update)
        return [replace(queued, updates=tuple(updates)) for updates in groups.values()]

    def _override(self, queued: QueuedNotification, field: str) -> str | None:
        """Return the callback that overrides the app's, if any; the dashboard's tests ignore overrides."""
        found = self._world.override(queued.app_id, queued.object, field)
        return found.callback_url if found and not queued.is_test else None

    def stray(self, app_id: str, topic: str) -> None:
        """Request somebody else's blog on the callback's host, as a scanner would, without waiting."""
        self._spawn(self._scan(app_id, topic))

    async def _first(self, queued: QueuedNotification) -> SandboxDelivery:
        kind = "test" if queued.is_test else "notification"
        delivery = self._record(kind, queued.app_id, queued.object, queued.fields, queued.fault)
        if self._knobs.delivery_delay:
            await self._clock.sleep(self._knobs.delivery_delay)
        await self._attempt(queued, delivery)
        if delivery.outcome is AttemptResult.WAITING and len(self._tasks) > _MOST_WAITING:
            delivery.outcome = AttemptResult.DROPPED
        if delivery.outcome is AttemptResult.WAITING:
            self._spawn(self._retry(queued, delivery))
        return delivery

    async def _retry(self, queued: QueuedNotification, delivery: SandboxDelivery) -> None:
        for delay in retry_delays(queued.object):
            await self._clock.sleep(delay)
            await self._attempt(queued, delivery)
            if delivery.outcome is not AttemptResult.WAITING:
                return
        delivery.outcome = AttemptResult.DROPPED

    async def _attempt(self, queued: QueuedNotification, delivery: SandboxDelivery) -> None:
        found = self._world.registration(queued.app_id, queued.object)
        if found is None or not found.active:
            delivery.outcome = AttemptResult.DROPPED
            return
        override = self._override(queued, queued.updates[0].field)
        attempt = await self._post(queued, found, override or found.callback_url)
        delivery.attempts.append(attempt)
        if not queued.is_repeated:
            delivery.outcome = AttemptResult.DELIVERED if attempt.accepted else AttemptResult.DROPPED
            return
        delivery.outcome = AttemptResult.DELIVERED if attempt.accepted else AttemptResult.WAITING
        if override is None:
            self._world.note_outcome(
                queued.app_id,
                queued.object,
                queued.fields,
                accepted=attempt.accepted,
                now=self._clock.now(),
                disable_after=timedelta(seconds=self._knobs.disable_after),
            )

    async def _post(self, queued: QueuedNotification, found: WebhookRegistration, callback_url: str) -> Attempt:
        sent_at = self._clock.now() + queued.later
        if queued.is_test:
            payload = dashboard_test(queued.updates[0], sent_at=sent_at)
        else:
            payload = notification(queued.updates, sent_at=sent_at, include_values=found.include_values)
        body = wire.encode(payload)
        if not queued.is_test:
            self._world.contents.note(body)
        secret = self._world.apps[queued.app_id].secret.reveal()
        headers = (
            ("User-Agent", self._knobs.user_agent),
            ("Accept", "*/*"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            *signatures(body, secret, queued.fault),
        )
        attempt, reply = await self._request("POST", callback_url, headers, body)
        self._observe(notification_capture(callback_url, headers, body, at=attempt.at, reply=reply, secret=secret))
        return attempt

    async def _scan(self, app_id: str, topic: str) -> None:
        found = self._world.registration(app_id, topic)
        if found is None:
            return
        delivery = self._record("stray", app_id, topic, (), None)
        url = urlsplit(found.callback_url)._replace(path="/wp-login.php", query="").geturl()
        attempt, _ = await self._request("GET", url, _SCANNER, None)
        delivery.attempts.append(attempt)
        delivery.outcome = AttemptResult.DROPPED if attempt.status is None else AttemptResult.DELIVERED

    async def _request(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes | None
    ) -> tuple[Attempt, Reply]:
        attempt, began = Attempt(at=self._clock.now()), time.perf_counter()
        reply = Reply(status=None)
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                headers=headers,
                skip_auto_headers=_NOT_SENT_BY_ITSELF,
                data=body,
                allow_redirects=False,
                timeout=ClientTimeout(total=self._knobs.delivery_timeout),
            ) as response:
                answer = await response.content.read(_READ_BYTES)
                elapsed_ms = (time.perf_counter() - began) * 1000
                reply = Reply(status=response.status, body=answer, elapsed_ms=elapsed_ms)
                return replace(attempt, status=response.status), reply
        except TimeoutError:
            return replace(attempt, error=f"no answer within {self._knobs.delivery_timeout:g} s"), reply
        except (ClientError, OSError, ValueError) as error:
            return replace(attempt, error=str(error) or type(error).__name__), reply

    def _record(
        self, kind: str, app_id: str, topic: str, fields: tuple[str, ...], fault: Fault | None
    ) -> SandboxDelivery:
        self._count += 1
        delivery = SandboxDelivery(id=self._count, kind=kind, app_id=app_id, object=topic, fields=fields, fault=fault)
        self.deliveries.append(delivery)
        return delivery

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work, name="sandbox delivery")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
