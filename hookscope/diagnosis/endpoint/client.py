"""The client of an endpoint: it sends Meta's requests byte for byte, and keeps every round trip."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from aiohttp import ClientError
from msgspec import Struct

from hookscope.diagnosis.answers import explain_redirects
from hookscope.diagnosis.connection_faults import explain_error
from hookscope.diagnosis.exchange import Exchange, RedirectError
from hookscope.meta import handshake
from hookscope.meta.signature import header_values
from hookscope.model.record import Headers, Request
from hookscope.outbound.http.connection import BrokenConnectionError, Connection
from hookscope.outbound.http.sender import head
from hookscope.proxies import proxy_for
from hookscope.urls import authority


class Limits(Struct, frozen=True, kw_only=True):
    """The time limits of the checks, in seconds, and the size of the load.

    `handshake` is how long Meta waits for a handshake's answer, by a developer's report; `notification` is the limit
    for a notification, and `slow` the time that Meta's Messenger documents give an app to answer.
    """

    handshake: float = handshake.TIMEOUT_SECONDS
    notification: float = 10.0
    slow: float = 5.0
    load_connections: int = 10
    load_requests: int = 100


class RoundTrip(Struct, frozen=True, kw_only=True):
    """A request and its answer; without a whole one, `status` is None and `error` says why.

    `body` is unpacked, and at most the first 64 KiB.
    """

    request: Request
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    error: str | None = None
    elapsed_ms: float = 0.0

    @property
    def is_accepted(self) -> bool:
        """True for an answer of 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_refused(self) -> bool:
        """True for 401 and 403."""
        return self.status in (401, 403)

    @property
    def summary(self) -> str:
        """The answer in a few words."""
        return f"HTTP {self.status}" if self.status is not None else self.error or "no answer"

    def header(self, name: str) -> str:
        """Return a header of the answer, or an empty text."""
        return b", ".join(header_values(self.headers, name)).decode("latin-1")


class EndpointClient:
    """Sends requests to one endpoint. Nothing is raised for what the endpoint does; `round_trips` has all of them."""

    def __init__(self, url: str, limits: Limits) -> None:
        self.url = url
        self.limits = limits
        self.round_trips: list[RoundTrip] = []
        self._tls = ssl.create_default_context() if url.startswith("https:") else None
        self._proxy = proxy_for(url)

    async def get(self, url: str) -> RoundTrip:
        """Fetch a URL as Meta fetches a callback: at most two redirects are followed."""
        request, began = get_request(url), time.perf_counter()
        try:
            async with asyncio.timeout(self.limits.handshake):
                answer = await Exchange().get(url, dict(handshake.REQUEST_HEADERS))
        except TimeoutError:
            error = f"no answer within {self.limits.handshake:g} s"
        except RedirectError as problem:
            error = explain_redirects(problem).what
        except (ClientError, OSError, ValueError) as problem:
            error = explain_error(problem).what
        else:
            headers = tuple(
                (name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers.items()
            )
            return self._record(
                RoundTrip(
                    request=request,
                    status=answer.status,
                    headers=headers,
                    body=answer.body,
                    elapsed_ms=_since(began),
                )
            )
        return self._record(RoundTrip(request=request, error=error, elapsed_ms=_since(began)))

    async def post(self, request: Request) -> RoundTrip:
        """Send a notification over a connection of its own."""
        async with self._connected(request) as connection:
            if isinstance(connection, RoundTrip):
                return connection
            return await self._exchange(connection, request)

    async def post_in_turn(self, requests: list[Request]) -> list[RoundTrip]:
        """Send notifications one after another, over one connection for as long as the endpoint keeps it.

        The first that is not answered is the last.
        """
        found: list[RoundTrip] = []
        left = list(requests)
        while left:
            async with self._connected(left[0]) as connection:
                if isinstance(connection, RoundTrip):
                    return [*found, connection]
                while left and connection.usable:
                    found.append(await self._exchange(connection, left.pop(0)))
                    if found[-1].status is None:
                        return found
        return found

    async def post_on_one_connection(self, requests: list[Request]) -> list[RoundTrip]:
        """Send notifications over one connection; fewer round trips come back when the endpoint closes it."""
        found: list[RoundTrip] = []
        async with self._connected(requests[0]) as connection:
            if isinstance(connection, RoundTrip):
                return [connection]
            for request in requests:
                if not connection.usable:
                    break
                found.append(await self._exchange(connection, request))
        return found

    @asynccontextmanager
    async def _connected(self, request: Request) -> AsyncIterator[Connection | RoundTrip]:
        """Yield a connection, or the round trip that failed without one."""
        parts = urlsplit(self.url)
        try:
            async with asyncio.timeout(self.limits.notification):
                port = parts.port or (443 if self._tls else 80)
                connection = await Connection.open(parts.hostname or "", port, self._tls, self._proxy)
        except (OSError, UnicodeError) as error:  # A TimeoutError is an OSError.
            late = f"no connection within {self.limits.notification:g} s"
            reason = late if isinstance(error, TimeoutError) else f"no connection: {error}"
            yield self._record(RoundTrip(request=request, error=reason))
            return
        try:
            yield connection
        finally:
            connection.close()
            await asyncio.sleep(0)  # The event loop closes the socket in its next iteration.

    async def _exchange(self, connection: Connection, request: Request) -> RoundTrip:
        began = time.perf_counter()
        try:
            answer = await connection.exchange(head(request), request.body, self.limits.notification)
        except BrokenConnectionError as error:
            return self._record(RoundTrip(request=request, error=str(error), elapsed_ms=_since(began)))
        except TimeoutError:
            late = f"no answer within {self.limits.notification:g} s"
            return self._record(RoundTrip(request=request, error=late, elapsed_ms=_since(began)))
        if answer.flaw:
            return self._record(RoundTrip(request=request, error=answer.flaw, elapsed_ms=_since(began)))
        return self._record(
            RoundTrip(
                request=request,
                status=answer.status,
                headers=answer.headers,
                body=answer.content,
                elapsed_ms=_since(began),
            )
        )

    def _record(self, trip: RoundTrip) -> RoundTrip:
        self.round_trips.append(trip)
        return trip


def get_request(url: str) -> Request:
    """Return the request with which Meta fetches a callback URL."""
    parts = urlsplit(url)
    named = tuple((name.encode(), value.encode()) for name, value in handshake.REQUEST_HEADERS)
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    return Request(
        method="GET", target=target, headers=((b"Host", authority(parts.netloc)), *named), body=b"", remote=""
    )


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
