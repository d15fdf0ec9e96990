"""Answers, as aiohttp's server sends them and as bytes, and the protocol of whoever answers instead."""

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

from hookscope.model.record import Capture, Reply
from hookscope.model.run_events import RunEvent
from hookscope.receiver.policy import TAKEN

_HEADERS = {"Server": "hookscope", "Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"}
_TAKEN_AS_USUAL = (TAKEN.status, TAKEN.body, TAKEN.content_type)

_RETRY_SECONDS = "5"
NOT_KEPT = Reply(status=503, body=b"not kept, send it again")
"""The answer that has a notification sent again."""

HEALTH_PATH = "/healthz"
HEALTHY = Reply(status=200, body=b"healthy")
UNHEALTHY = Reply(status=503, body=b"captures cannot be kept")


class Responder(Protocol):
    """Answers notifications after they are committed."""

    def wants(self, capture: Capture) -> bool:
        """Return whether this responder answers the notification."""

    async def answer(self, capture: Capture) -> tuple[Capture, RunEvent]:
        """Find and commit the answer; the capture with it, and the events published after it. Raises StoreError."""


class _Taken(web.StreamResponse):
    """The answer to an accepted notification: the same bytes for a second, and the connection stays open.

    aiohttp would build them each time, which takes a tenth of all the time spent on a notification.
    """

    @property
    def keep_alive(self) -> bool:
        """True: the connection stays open."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Send the whole answer."""
        await request.writer.write(written(TAKEN, int(time.time())))
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: everything is sent already."""


_TAKEN = _Taken()


def response(reply: Reply, request: web.BaseRequest) -> web.StreamResponse:
    """Return the response that aiohttp sends."""
    is_usual = (reply.status, reply.body, reply.content_type) == _TAKEN_AS_USUAL
    if is_usual and request.version == HttpVersion11 and request.keep_alive:
        return _TAKEN
    answer = web.Response(status=reply.status or 500, body=reply.body, headers=_headers(reply))
    if not request.content.is_eof():
        answer.force_close()  # The rest of the body would stand in the way of the next request.
    return answer


def _headers(reply: Reply) -> dict[str, str]:
    more = {"Retry-After": _RETRY_SECONDS} if reply.status == 503 else {}
    if reply.content_type:
        more["Content-Type"] = reply.content_type
    return {**_HEADERS, **more}


@lru_cache(maxsize=8)
def written(reply: Reply, second: int) -> bytes:
    """Return an answer as it is sent in this second of Unix time, on a connection that stays open."""
    status = HTTPStatus(reply.status or 500)
    headers = {**_headers(reply), "Content-Length": len(reply.body), "Date": formatdate(second, usegmt=True)}
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + reply.body
