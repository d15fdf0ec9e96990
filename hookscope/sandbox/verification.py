"""The handshake that Meta makes while a POST on the subscriptions edge waits for its answer.

Sources: Meta's guide "Webhooks: Get started" for the request and the answer; recorded answers for the error texts and
for the limit of two redirects, and libcurl's numbers for the failures they quote. White space round the challenge is
not established; a knob forgives it.
"""

import re
import secrets
import ssl
import time
from collections import deque
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    NonHttpUrlClientError,
    ServerDisconnectedError,
    TooManyRedirects,
)
from msgspec import Struct
from yarl import URL

from hookscope.meta import handshake
from hookscope.model.record import Reply
from hookscope.sandbox.clock import SandboxClock
from hookscope.sandbox.errors import GraphApiError
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.observation import Observe, handshake_capture, ignore
from hookscope.secret_sources import Secret

_REDIRECTS = 2
_QUOTED_CHARACTERS = 20
_READ_BYTES = 4096
_KEPT = 1000
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_CURL_ERRORS = {
    6: "Could not resolve host: {host}",
    7: "Failed to connect to {host} port {port}: Connection refused",
    28: "Operation timed out after {milliseconds} milliseconds with 0 bytes received",
    35: "Unknown SSL protocol error in connection to {host}:{port} ",
    47: "Maximum (2) redirects followed",
    51: "SSL: no alternative certificate subject name matches target host name '{host}'",
    52: "Empty reply from server",
    56: "Recv failure: Connection reset by peer",
    60: "SSL certificate problem: unable to get local issuer certificate",
}
_BEHIND_PROXY = frozenset((35, 51, 60))
"""Meta fetches through a CONNECT proxy; when TLS fails behind it, the proxy's own answer is quoted."""


class VerificationAttempt(Struct, frozen=True, kw_only=True):
    """One handshake. `problem` is Meta's text for the failure, None when there was none."""

    at: datetime
    callback_url: str
    problem: str | None


class Verifier:
    """Makes handshakes, and keeps the last thousand."""

    def __init__(self, session: ClientSession, knobs: Knobs, clock: SandboxClock, observe: Observe = ignore) -> None:
        self.attempts: deque[VerificationAttempt] = deque(maxlen=_KEPT)
        self._session = session
        self._knobs = knobs
        self._clock = clock
        self._observe = observe

    async def verify(self, callback_url: str, verify_token: Secret) -> None:
        """Ask the callback to answer a challenge; raises GraphApiError (2200, 2201) when it does not."""
        at, problem = self._clock.now(), None
        try:
            await self._ask(callback_url, verify_token)
        except GraphApiError as error:
            problem = error.message
            raise
        finally:
            self.attempts.append(VerificationAttempt(at=at, callback_url=callback_url, problem=problem))

    async def _ask(self, callback_url: str, verify_token: Secret) -> None:
        challenge = str(10**6 + secrets.randbelow(10**10 - 10**6))
        if self._knobs.failing_handshakes > 0:
            self._knobs.failing_handshakes -= 1
            raise self._stage(self._knobs.handshake_failure, callback_url, challenge)
        url = handshake.request_url(callback_url, challenge=challenge, verify_token=verify_token.reveal())
        at, reply = self._clock.now(), Reply(status=None)
        problem: GraphApiError | None
        try:
            reply, reason = await self._fetch(url)
            problem = self._judge(reply, reason, challenge)
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            problem = self._unreachable(error, callback_url)
        message = problem.message if problem else None
        self._observe(handshake_capture(url, handshake.REQUEST_HEADERS, at=at, reply=reply, problem=message))
        if problem:
            raise problem

    async def _fetch(self, url: str) -> tuple[Reply, str | None]:
        """Return the answer and its reason phrase."""
        began = time.perf_counter()
        async with self._session.get(
            URL(url, encoded=True),
            headers=handshake.REQUEST_HEADERS,
            max_redirects=_REDIRECTS + 1,  # aiohttp counts the one that it refuses
            timeout=ClientTimeout(total=self._knobs.handshake_timeout),
        ) as response:
            body = await _read(response)
            elapsed_ms = (time.perf_counter() - began) * 1000
            return Reply(status=response.status, body=body, elapsed_ms=elapsed_ms), response.reason

    def _judge(self, reply: Reply, reason: str | None, challenge: str) -> GraphApiError | None:
        if reply.status is not None and reply.status != 200:
            return _not_ok(reply.status, reason)
        body = reply.body.strip() if self._knobs.trim_challenge else reply.body
        return None if body == challenge.encode() else _wrong_body(challenge, reply.body)

    def _unreachable(self, error: Exception, callback_url: str) -> GraphApiError:
        if isinstance(error, TooManyRedirects):
            last = error.history[-1]
            return self._curl(47, callback_url, status=_status(last.status, last.reason))
        return self._curl(_curl_number(error, callback_url), callback_url)

    def _stage(self, failure: str, callback_url: str, challenge: str) -> GraphApiError:
        """Return the error for a handshake that something other than the callback answered."""
        if failure == "html":
            return _wrong_body(challenge, b"<!DOCTYPE html>\n<html><head><title>You are about to visit</title></head>")
        if failure == "redirect":
            return self._curl(47, callback_url, status=_status(302, "Moved Temporarily"))
        if failure.startswith("curl "):
            return self._curl(int(failure.removeprefix("curl ")), callback_url)
        return _not_ok(int(failure), None)

    def _curl(self, number: int, callback_url: str, *, status: str | None = None) -> GraphApiError:
        parts = urlsplit(callback_url)
        text = _CURL_ERRORS.get(number, "Unknown error").format(
            host=parts.hostname,
            port=parts.port or (443 if parts.scheme == "https" else 80),
            milliseconds=round(self._knobs.handshake_timeout * 1000),
        )
        if status is None and number in _BEHIND_PROXY:
            status = _status(200, "Connection established")
        return _failed(f"curl_errno = {number}; curl_error = {text}" + (f"; {status}" if status else ""))


def _curl_number(error: Exception, callback_url: str) -> int:
    is_tls = callback_url.lower().startswith("https:")
    if isinstance(error, ClientConnectorCertificateError):
        return 51 if "match" in str(error.certificate_error).lower() else 60
    if isinstance(error, ClientConnectorDNSError | UnicodeError):  # the second for a name that DNS cannot hold
        return 6
    if isinstance(error, TimeoutError):
        return 28
    if isinstance(error, ClientConnectorSSLError | ssl.SSLError):
        return 35
    if isinstance(error, ClientConnectorError):
        return 35 if is_tls and isinstance(error.os_error, ConnectionResetError) else 7
    if isinstance(error, ServerDisconnectedError):
        return 52
    if isinstance(error, NonHttpUrlClientError):
        return 1
    return 56


async def _read(response: ClientResponse) -> bytes:
    """Return the body as far as it matters: a longer one is wrong anyway."""
    body = b""
    while len(body) <= _READ_BYTES and (chunk := await response.content.read(_READ_BYTES)):
        body += chunk
    return body


def _failed(tail: str) -> GraphApiError:
    return GraphApiError(f"(#2200) Callback verification failed with the following errors: {tail}", code=2200)


def _not_ok(status: int, reason: str | None) -> GraphApiError:
    return _failed(_status(status, reason))


def _status(status: int, reason: str | None) -> str:
    return f"HTTP Status Code = {status}; HTTP Message = {reason or _PHRASES.get(status, '')}"


def _wrong_body(challenge: str, body: bytes) -> GraphApiError:
    text = body.decode("utf-8", "replace")
    shown = text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}..."
    return GraphApiError(
        f'(#2201) response does not match challenge, expected value="{challenge}", received="{shown}"', code=2201
    )


def is_well_formed(callback_url: str) -> bool:
    """Return whether a text can be a callback URL: http or https, a host, and nothing that a request line cannot carry.

    Meta requires https; the sandbox also takes http, since its callbacks are seldom further away than the next
    container.
    """
    try:
        parts = urlsplit(callback_url)
        return bool(
            re.fullmatch(r"[\x21-\x7e]+", callback_url)
            and parts.scheme in ("http", "https")
            and parts.hostname
            and not parts.fragment
            and parts.port != 0
        )
    except ValueError:
        return False
