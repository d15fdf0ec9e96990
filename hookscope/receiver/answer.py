"""What goes back to the sender; to most of them it is one and the same, and stands ready."""

import time
from email.utils import formatdate
from functools import lru_cache

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter

from hookscope.model.record import Reply
from hookscope.receiver.policy import TAKEN

_HEADERS = {"Server": "hookscope", "Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"}

_RETRY_SECONDS = "5"


class _Taken(web.StreamResponse):
    """That a notification was taken: the same bytes for a second, and the connection stays open.

    aiohttp would put them together each time, a tenth of all that a notification costs us.
    """

    @property
    def keep_alive(self) -> bool:
        """The connection stays open."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Send the whole answer."""
        await request.writer.write(_taken(int(time.time())))
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """Everything is sent."""


_TAKEN = _Taken()


def response(reply: Reply, request: web.BaseRequest) -> web.StreamResponse:
    """What aiohttp is to send."""
    if reply.status == 200 and reply.body == TAKEN.body and request.version == HttpVersion11 and request.keep_alive:
        return _TAKEN
    headers = {**_HEADERS, "Retry-After": _RETRY_SECONDS} if reply.status == 503 else _HEADERS
    answer = web.Response(status=reply.status or 500, body=reply.body, headers=headers)
    if not request.content.is_eof():
        answer.force_close()  # What is left of the body would stand in the way of the next request.
    return answer


@lru_cache(maxsize=1)
def _taken(second: int) -> bytes:
    """The answer within a second of Unix time."""
    headers = {**_HEADERS, "Content-Length": len(TAKEN.body), "Date": formatdate(second, usegmt=True)}
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + TAKEN.body
