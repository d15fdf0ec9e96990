"""One attempt to hand a capture to an application: the bytes as they came, and what became of it."""

import asyncio
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from multidict import CIMultiDict
from yarl import URL

from hookscope.capture.item import now
from hookscope.capture.record import Capture, Cause, Delivery
from hookscope.outbound.headers import end_to_end

PATIENCE_SECONDS = 20.0
"""As long as Meta waits for an answer, by its Messenger FAQ."""

_CONNECT_SECONDS = 5.0
_KEPT_OF_ANSWER = 64 << 10
_STREAMED_FROM = 1 << 20
"""A larger body is handed to the socket in pieces, so that other tasks have their turn."""

_AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int | None
    body: bytes = b""
    error: str | None = None


class Sender:
    """Sends captures; an async context manager that keeps connections open between two deliveries."""

    def __init__(self, *, connections: int = 100) -> None:
        self._connections = connections

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=TCPConnector(limit=self._connections),
            timeout=ClientTimeout(total=PATIENCE_SECONDS, sock_connect=_CONNECT_SECONDS),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_AUTOMATIC,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def send(self, capture: Capture, target: str, cause: Cause) -> Delivery:
        """Send a capture's body and end-to-end headers unchanged. Never raises: what fails stands in the delivery."""
        sent_at, started = now(), time.perf_counter()
        answer = await self._post(capture, target)
        return Delivery(
            capture_id=capture.id,
            cause=cause,
            target=target,
            sent_at=sent_at,
            status=answer.status,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 3),
            error=answer.error,
            answer=answer.body,
        )

    async def _post(self, capture: Capture, target: str) -> _Answer:
        request = capture.request
        headers = CIMultiDict([(_text(name), _text(value)) for name, value in end_to_end(request)])
        try:
            async with self._session.request(
                request.method,
                URL(target, encoded=True),
                data=io.BytesIO(request.body) if len(request.body) > _STREAMED_FROM else request.body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                body = await response.content.read(_KEPT_OF_ANSWER)
                return _Answer(status=response.status, body=body)
        except TimeoutError:
            return _Answer(status=None, error=f"no answer within {PATIENCE_SECONDS:.0f} s")
        except ClientConnectorError as error:
            return _Answer(status=None, error=_cannot_connect(error))
        except (ClientError, OSError, asyncio.IncompleteReadError, ValueError) as error:
            return _Answer(status=None, error=f"the connection broke: {error or type(error).__name__}")


def describe_failures(deliveries: Sequence[Delivery]) -> str | None:
    """What went wrong with the deliveries, in one line; None when all were answered 2xx."""
    failed = [delivery for delivery in deliveries if not delivery.succeeded]
    if not failed:
        return None
    first = failed[0]
    reason = first.error or f"HTTP {first.status}"
    return f"{len(failed)} of {len(deliveries)} not answered 2xx; the first, #{first.capture_id}: {reason}"


def _cannot_connect(error: ClientConnectorError) -> str:
    reason = error.os_error.strerror or str(error.os_error)
    if isinstance(error.os_error, ConnectionRefusedError):
        reason = "connection refused; is the application running?"
    return f"{error.host}:{error.port}: {reason}"


def _text(value: bytes) -> str:
    """A header part as the client wants it: it writes UTF-8, which gives the same bytes back where they were UTF-8."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
