"""Reading bodies: so much of each, so much of all together, and for so long."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import HttpVersion11, web
from aiohttp.web_exceptions import HTTPException

from hookscope.receiver import policy as rules
from hookscope.receiver.policy import Decision

BODY_LIMIT = 16 << 20
"""WhatsApp sends bodies of up to 3 MB, by Meta's overview of its webhooks."""

BUDGET = 64 << 20
"""In bytes, of all the bodies that are being read or kept."""

_KEPT_OF_UNFINISHED = 64 << 10
_WHOLE_SECONDS = 30.0
_SILENT_SECONDS = 10.0
_STRAY_SECONDS = 1.0
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
"""Who asks first waits for it before the body is sent, as curl does with a large one (RFC 9110, 10.1.1)."""

_ENDED = (TimeoutError, ConnectionError, HTTPException, web.RequestPayloadError)


class Bodies:
    """Reads bodies of at most `limit` bytes, as long as all of them together hold no more than `budget`."""

    def __init__(self, *, limit: int, budget: int = BUDGET) -> None:
        self._limit = limit
        self._budget = budget
        self._held = 0

    @contextmanager
    def place(self) -> Iterator["Place"]:
        """Count what is read of a body for as long as the context lasts."""
        place = Place()
        try:
            yield place
        finally:
            self._held -= place.size

    async def read(self, raw: web.BaseRequest, place: "Place") -> tuple[bytes, Decision | None]:
        """The body, and a judgement when it is not the whole body."""
        if (raw.content_length or 0) > self._limit:
            return b"", rules.oversized(self._limit)
        if is_announced(raw):
            await raw.writer.write(_GO_ON)
        verdict: Decision | None = None
        parts: list[bytes] = []
        clock = asyncio.get_running_loop().time
        until = clock() + _WHOLE_SECONDS
        try:
            async with asyncio.timeout(_SILENT_SECONDS) as patience:
                while verdict is None and (part := await raw.content.readany()):
                    parts.append(part)
                    verdict = self._take(place, len(part))
                    patience.reschedule(min(until, clock() + _SILENT_SECONDS))
        except _ENDED:
            verdict = rules.incomplete()
        body = b"".join(parts)
        return (body, None) if verdict is None else (body[:_KEPT_OF_UNFINISHED], verdict)

    def _take(self, place: "Place", size: int) -> Decision | None:
        place.size += size
        self._held += size
        if place.size > self._limit:
            return rules.oversized(self._limit)
        return rules.crowded_out() if self._held > self._budget else None


class Place:
    """How much of the budget a body has."""

    size = 0


async def read_beginning(raw: web.BaseRequest) -> tuple[bytes, str | None]:
    """What has come of a stray's body or comes within a second, 64 KiB at most; why it is not whole, in words."""
    content, parts, size = raw.content, list[bytes](), 0
    if not is_announced(raw):  # Who is told no never sends it.
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
    """Whether the sender waits for a word before it sends the body."""
    if raw.version != HttpVersion11 or raw.headers.get("Expect", "").lower() != "100-continue":
        return False
    return not raw.content.is_eof() and not raw.content.total_bytes
