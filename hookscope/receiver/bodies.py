"""Reading request bodies within limits of size, total memory and time."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import HttpVersion11, StreamReader, web
from aiohttp.web_exceptions import HTTPException

from hookscope.receiver import policy as rules
from hookscope.receiver.policy import Decision

BODY_LIMIT = 16 << 20
"""WhatsApp sends bodies of up to 3 MB, by Meta's overview of its webhooks."""

BUDGET = 64 << 20
"""In bytes, of all the bodies that are being read or kept."""

_RESERVED_PART = 8
"""An eighth of the budget comes on top of it for small bodies."""

_SMALL_PART = 64
"""Small is a body of no more than this part of the budget: 1 MiB of 64."""

_KEPT_OF_UNFINISHED = 64 << 10
_WHOLE_SECONDS = 30.0
_SILENT_SECONDS = 10.0
_STRAY_SECONDS = 1.0
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Clients that send `Expect: 100-continue`, such as curl with a large body, wait for it (RFC 9110, 10.1.1)."""

_ENDED = (TimeoutError, ConnectionError, HTTPException, web.RequestPayloadError)


class Bodies:
    """Reads bodies of at most `limit` bytes, as long as all of them together hold no more than `budget`.

    Only bytes that have arrived count: an announced length costs its sender nothing. When there is no more room, the
    unfinished body that has held the most for the longest, in bytes times seconds, gives way, whichever body wanted
    more. Large or slow bodies therefore displace each other until as many are left as fit, and a notification of
    Meta's, a few hundred KiB that arrive within a moment, is not refused for their sake. Complete bodies cannot give
    way until they are answered; a reserve beside the budget is for small ones that arrive meanwhile.
    """

    def __init__(self, *, limit: int, budget: int = BUDGET) -> None:
        self._limit = limit
        self._budget = budget
        self._held = 0
        self._unfinished: set[Place] = set()

    @contextmanager
    def place(self) -> Iterator["Place"]:
        """Count the bytes read of a body for as long as the context lasts."""
        place = Place()
        try:
            yield place
        finally:
            self._held -= place.size

    async def read(self, raw: web.BaseRequest, place: "Place") -> tuple[bytes, Decision | None]:
        """Return the body, and a decision when it is incomplete."""
        if (raw.content_length or 0) > self._limit:
            return b"", rules.oversized(self._limit)
        if is_announced(raw):
            await raw.writer.write(_GO_ON)
        self._unfinished.add(place)
        try:
            verdict = await self._read(raw.content, place)
        except _ENDED:
            verdict = rules.incomplete()
        finally:
            self._unfinished.discard(place)
        if place.gave_way:  # Its end may have come in the same turn of the loop.
            verdict = rules.crowded_out()
        if verdict:
            self._held -= place.shrink()
        return place.body(), verdict

    async def _read(self, content: StreamReader, place: "Place") -> Decision | None:
        clock = asyncio.get_running_loop().time
        until = clock() + _WHOLE_SECONDS
        verdict: Decision | None = None
        async with place.timeout as timeout:
            while verdict is None and (part := await content.readany()):
                verdict = self._take(place, part)
                timeout.reschedule(min(until, clock() + _SILENT_SECONDS))
        return verdict

    def _take(self, place: "Place", part: bytes) -> Decision | None:
        place.add(part)
        self._held += len(part)
        if place.size > self._limit:
            return rules.oversized(self._limit)
        while self._held > self._room(place) and not place.gave_way:
            self._held -= self._heaviest().give_way()
        return rules.crowded_out() if place.gave_way else None

    def _room(self, place: "Place") -> int:
        """Return how many bytes all bodies may hold for this one to grow."""
        is_small = place.size <= self._budget // _SMALL_PART
        return self._budget + (self._budget // _RESERVED_PART if is_small else 0)

    def _heaviest(self) -> "Place":
        time = asyncio.get_running_loop().time()
        return max((one for one in self._unfinished if not one.gave_way), key=lambda one: one.weight(time))


class Place:
    """A body that is being read, with the part that has arrived. `size` is in bytes."""

    def __init__(self) -> None:
        self.size = 0
        self.gave_way = False
        self.timeout = asyncio.timeout(_SILENT_SECONDS)
        self._parts: list[bytes] = []
        self._since = asyncio.get_running_loop().time()

    def add(self, part: bytes) -> None:
        """Hold another part."""
        self._parts.append(part)
        self.size += len(part)

    def weight(self, time: float) -> float:
        """Return the bytes held times the seconds since the body began, by the loop's clock."""
        return self.size * (time - self._since)

    def give_way(self) -> int:
        """Stop reading and drop all but the beginning; return how many bytes that frees."""
        self.gave_way = True
        if not self.timeout.expired():
            self.timeout.reschedule(asyncio.get_running_loop().time())
        return self.shrink()

    def shrink(self) -> int:
        """Drop all but the beginning; return how many bytes that frees."""
        before = self.size
        self._parts = [self.body()[:_KEPT_OF_UNFINISHED]]
        self.size = len(self._parts[0])
        return before - self.size

    def body(self) -> bytes:
        """Return the bytes held; they still count."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


async def read_beginning(raw: web.BaseRequest) -> tuple[bytes, str | None]:
    """Return the part of a stray's body that arrives within a second, and why it is incomplete.

    At most 64 KiB are read. The reason is in words.
    """
    content, parts, size = raw.content, list[bytes](), 0
    if not is_announced(raw):  # A client that waits for `100 Continue` and is refused never sends the body.
        try:
            async with asyncio.timeout(_STRAY_SECONDS):
                while size <= _KEPT_OF_UNFINISHED and (part := await content.readany()):
                    parts.append(part)
                    size += len(part)
        except _ENDED:
            pass
    body = b"".join(parts)[:_KEPT_OF_UNFINISHED]
    if content.at_eof() and size == len(body):
        return body, None
    total = raw.content_length or (content.total_bytes if content.is_eof() else None)
    of = f"{total:,}" if total else "an unknown number of"
    return body, f"cut off: {len(body):,} of {of} bytes of its body are kept"


def is_announced(raw: web.BaseRequest) -> bool:
    """Return whether the sender waits for `100 Continue` before it sends the body."""
    if raw.version != HttpVersion11 or raw.headers.get("Expect", "").lower() != "100-continue":
        return False
    return not raw.content.total_bytes
