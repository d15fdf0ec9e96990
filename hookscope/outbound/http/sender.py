"""One attempt to deliver a capture to an application: the bytes as they came, and the outcome."""

import asyncio
import socket
import ssl
import time
from datetime import datetime
from functools import lru_cache
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit, urlunsplit

from msgspec import Struct, field

from hookscope.model.record import Cause, Delivery, Failure, Headers, Request
from hookscope.model.timestamps import now
from hookscope.outbound.http.answer_parser import Answer
from hookscope.outbound.http.connection import BrokenConnectionError, Connection
from hookscope.outbound.http.headers import outgoing
from hookscope.outbound.http.proxy_tunnel import ProxyError
from hookscope.proxies import proxy_for
from hookscope.urls import authority, is_loopback

TIMEOUT_SECONDS = 20.0
"""As long as Meta waits for an answer, by its Messenger FAQ."""

_CONNECT_SECONDS = 5.0
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SHOWN_OF_LOCATION = 200
_LOOPBACK = ("127.0.0.1", "::1")
_LOOK_SECONDS = 0.1
"""A proxy with nothing behind it, such as a container's, takes connections and closes them at once."""


class SenderSettings(Struct, frozen=True, kw_only=True):
    """The settings of a sender: `connections` per host, `headers` added to each request, certificates checked or not.

    `timeout_seconds` is how long to wait for an answer.
    """

    connections: int = 100
    headers: Headers = ()
    verify: bool = True
    timeout_seconds: float = TIMEOUT_SECONDS


class _Host(Struct):
    """The address of connections, and the idle ones among them."""

    name: str
    port: int
    tls: ssl.SSLContext | None
    proxy: str | None
    free: asyncio.Semaphore
    idle: list[Connection] = field(default_factory=list)


class _NoAnswerError(Exception):
    """The application did not answer."""

    def __init__(self, failure: Failure, reason: str) -> None:
        super().__init__(reason)
        self.failure = failure


class Sender:
    """Sends captures; an async context manager that keeps connections open between two deliveries."""

    def __init__(self, settings: SenderSettings | None = None) -> None:
        self._settings = settings or SenderSettings()
        self._hosts: dict[tuple[str, str], _Host] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for host in self._hosts.values():
            for connection in host.idle:
                connection.close()
        self._hosts.clear()
        await asyncio.sleep(0)  # The loop closes sockets in its next turn.

    def prepare(self, request: Request, target: str) -> Request:
        """Return the request as `target` will see it: its own path, and the header lines that are passed on."""
        path, host = _address(target)
        return Request(
            method=request.method,
            target=path,
            headers=outgoing(request, host, self._settings.headers),
            body=request.body,
            remote=request.remote,
        )

    async def send(self, request: Request, target: str, *, capture_id: int, cause: Cause) -> Delivery:
        """Send a prepared request. Never raises: a failure is in the delivery."""
        sent_at, started = now(), time.perf_counter()
        answer, failure, error = None, None, None
        try:
            answer = await self._exchange(self._host(target), head(request), request.body)
        except _NoAnswerError as problem:
            failure, error = problem.failure, str(problem)
        if answer:
            is_redirect = answer.status in _REDIRECTS
            error = _explain_redirect(target, answer.location) if is_redirect else answer.flaw
        return Delivery(
            capture_id=capture_id,
            cause=cause,
            method=request.method,
            target=target,
            sent_at=sent_at,
            status=answer.status if answer else None,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 3),
            failure=failure,
            error=error,
            answer=answer.content if answer else b"",
            answer_type=answer.content_type if answer else "",
        )

    async def fault(self, target: str) -> str | None:
        """Return why an application cannot be reached, or None when it can. No request is sent."""
        try:
            connection = await _connect(self._host(target))
        except _NoAnswerError as problem:
            return str(problem)
        try:
            return None if await connection.lasts(_LOOK_SECONDS) else "it closes connections before anything is sent"
        finally:
            connection.close()

    async def _exchange(self, host: _Host, head: bytes, body: bytes) -> Answer:
        timeout_seconds = self._settings.timeout_seconds
        async with host.free:
            while True:
                connection = _idle(host) or await _connect(host)
                kept = connection.used
                try:
                    answer = await connection.exchange(head, body, timeout_seconds)
                except BrokenConnectionError as error:
                    if kept and error.is_unread:
                        continue  # It was closed while idle.
                    raise _NoAnswerError(Failure.BROKEN, str(error)) from error
                except TimeoutError:
                    raise _NoAnswerError(Failure.TIMEOUT, f"no answer within {timeout_seconds:g} s") from None
                if connection.usable:
                    host.idle.append(connection)
                return answer

    def _host(self, target: str) -> _Host:
        parts = urlsplit(target)
        key = (parts.scheme, parts.netloc)
        if key not in self._hosts:
            tls = _tls(self._settings.verify) if parts.scheme == "https" else None
            port = parts.port or (443 if tls else 80)
            free = asyncio.Semaphore(self._settings.connections)
            # Plain HTTP is for machines nearby, which a proxy may not even know.
            proxy = proxy_for(target) if tls else None
            self._hosts[key] = _Host(parts.hostname or "", port, tls, proxy, free)
        return self._hosts[key]


def _explain_redirect(target: str, location: str) -> str:
    """Describe a redirect. Its query is left out: it may repeat a verify token."""
    try:
        parts = urlsplit(urljoin(target, location))
    except ValueError:
        location = ""
    if not location:
        return "it redirects without a Location header, and Meta would not follow: forward to the final URL"
    where = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "…" if parts.query else "", ""))
    shown = where if len(where) <= _SHOWN_OF_LOCATION else f"{where[:_SHOWN_OF_LOCATION]}…"
    return f"it redirects to {shown}, which Meta does not follow: forward to the final URL"


@lru_cache(maxsize=64)
def _address(target: str) -> tuple[str, bytes]:
    """Return a target's path for the request line, and its `Host`."""
    parts = urlsplit(target)
    return urlunsplit(("", "", parts.path or "/", parts.query, "")), authority(parts.netloc)


def head(request: Request) -> bytes:
    """Return a request's line and header lines as they are sent."""
    lines = [f"{request.method} {request.target} HTTP/1.1".encode("latin-1", "replace")]
    lines += [name + b": " + value for name, value in request.headers]
    return b"\r\n".join([*lines, b"", b""])


def _idle(host: _Host) -> Connection | None:
    while host.idle:
        if (connection := host.idle.pop()).usable:
            return connection
        connection.close()
    return None


async def _connect(host: _Host) -> Connection:
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await Connection.open(host.name, host.port, host.tls, host.proxy)
    except TimeoutError:
        reason = f"no connection {'through the proxy ' if host.proxy else ''}within {_CONNECT_SECONDS:.0f} s"
    except ssl.SSLCertVerificationError as error:
        way_out = (
            "if the proxy made it, SSL_CERT_FILE must name the proxy's" if host.proxy else "--skip-verify accepts it"
        )
        reason = f"its certificate is not accepted: {error.verify_message}; {way_out}"
    except ssl.SSLError as error:
        reason = f"the TLS handshake failed: {error.reason or error}; should the URL begin with http://?"
    except (socket.gaierror, UnicodeError):
        reason = "no such host"
    except ProxyError as error:
        reason = str(error)
    except OSError as error:  # The event loop merges the refusals of several addresses into one error without a number.
        refused = isinstance(error, ConnectionRefusedError) or error.errno is None
        reason = f"connection refused{await _hint(host)}" if refused else error.strerror or str(error)
    raise _NoAnswerError(Failure.UNREACHABLE, reason)


async def _hint(host: _Host) -> str:
    """Return where an application listens that refuses connections at another address of this machine, if it does."""
    for address in _LOOPBACK if is_loopback(host.name) else ():
        try:
            (await Connection.open(address, host.port, None)).close()
        except OSError:
            continue
        shown = f"[{address}]" if ":" in address else address
        return f", but {shown}:{host.port} accepts connections: use that address"
    return ""


def _tls(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def interrupted_delivery(
    request: Request, target: str, sent_at: datetime, *, capture_id: int, cause: Cause
) -> Delivery:
    """Return the delivery of a request sent at `sent_at` that is interrupted now."""
    return Delivery(
        capture_id=capture_id,
        cause=cause,
        method=request.method,
        target=target,
        sent_at=sent_at,
        status=None,
        elapsed_ms=(now() - sent_at).total_seconds() * 1000,
        failure=Failure.TIMEOUT,
        error="stopped before it was answered",
    )
