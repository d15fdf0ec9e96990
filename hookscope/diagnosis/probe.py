"""Meta's verification request, made by ourselves: finds out whether a callback URL answers it, and if not, why.

Meta follows two redirects, verifies the certificate and waits for about 6 seconds; so does this. It runs before
anything is registered, because Meta locks out developers whose callbacks fail repeatedly.
"""

import asyncio
import errno
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientPayloadError,
    ClientProxyConnectionError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    NonHttpUrlClientError,
    ServerDisconnectedError,
)
from yarl import URL

from hookscope.meta import handshake
from hookscope.tunnel.ngrok_fault import INTERSTITIAL_CODES, read_fault
from hookscope.urls import is_loopback

_REDIRECTS = 2
_REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))
_MOST_BYTES = 1 << 16
_COMING = frozenset((502, 503))
"""Statuses that a tunnel which has just come up may answer for a moment."""

_SKIPS_REMINDER = ("ngrok-skip-browser-warning", "hookscope")

_CERTIFICATE_FAULTS = {
    10: "the certificate has expired",
    18: "the certificate is self-signed, and Meta takes none",
    19: "the certificate's chain ends in an unknown authority; Meta takes well-known ones only",
    20: "the certificate's chain is incomplete, or its authority is unknown; serve the intermediate certificates too",
    62: "the certificate is for another host name",
}
"""By OpenSSL's verification codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The verdict on a callback, with the reason in words if it would not satisfy Meta.

    `retryable` is for what a fresh tunnel shows for a moment: a name that is not known yet, an endpoint not yet online.
    """

    ok: bool
    elapsed_ms: float
    diagnosis: str | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    content_type: str
    ngrok_code: str | None
    body: bytes
    hops: tuple[URL, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    diagnosis: str | None
    retryable: bool = False


class _TooManyRedirectsError(Exception):
    def __init__(self, hops: tuple[URL, ...]) -> None:
        super().__init__()
        self.hops = hops


async def probe(callback_url: str, *, verify_token: str, challenge: str, timeout: float = 6.0) -> ProbeResult:  # noqa: ASYNC109
    """Ask the callback as Meta would, once, and judge the answer. `timeout` in seconds; nothing is raised."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(timeout):
            url = handshake.request_url(callback_url, challenge=challenge, verify_token=verify_token)
            verdict = await _ask(url, challenge)
    except ValueError as error:
        verdict = _judge_error(error)
    except TimeoutError:
        verdict = _Verdict(
            diagnosis=f"no answer within {timeout:g} s; Meta waits about {handshake.TIMEOUT_SECONDS:g} s"
        )
    return ProbeResult(
        ok=verdict.diagnosis is None,
        elapsed_ms=(time.perf_counter() - began) * 1000,
        diagnosis=verdict.diagnosis,
        retryable=verdict.retryable,
    )


async def _ask(url: str, challenge: str) -> _Verdict:
    # Meta keeps no cookies from one redirect to the next.
    async with ClientSession(timeout=ClientTimeout(total=None), cookie_jar=DummyCookieJar()) as session:
        try:
            answer = await _fetch(session, url, dict(handshake.REQUEST_HEADERS))
            if _shows_reminder(answer):
                return _judge_reminder(answer, await _fetch_past_reminder(session, url), challenge)
        except _TooManyRedirectsError as error:
            return _Verdict(diagnosis=f"it redirects more than {_REDIRECTS} times: {_chain(error.hops)}")
        except (ClientError, OSError, ValueError) as error:
            return _judge_error(error)
        return _judge(answer, challenge)


async def _fetch_past_reminder(session: ClientSession, url: str) -> _Answer | None:
    try:
        return await _fetch(session, url, dict((*handshake.REQUEST_HEADERS, _SKIPS_REMINDER)))
    except (_TooManyRedirectsError, ClientError, OSError, ValueError):
        return None


async def _fetch(session: ClientSession, url: str, headers: Mapping[str, str]) -> _Answer:
    hops: tuple[URL, ...] = (_parse(url),)
    while True:
        here = hops[-1]
        async with session.get(here, headers=headers, allow_redirects=False, proxy=_proxy(here)) as response:
            target = response.headers.get("Location")
            if response.status not in _REDIRECT_STATUSES or not target:
                return await _read(response, hops)
        hops = (*hops, here.join(_parse(target)))
        if len(hops) > _REDIRECTS + 1:
            raise _TooManyRedirectsError(hops)


def _parse(url: str) -> URL:
    """Return the URL as it was written, without quoting anything again that needs no quoting."""
    return URL(url, encoded=url.isascii())


async def _read(response: ClientResponse, hops: tuple[URL, ...]) -> _Answer:
    body = b""
    while len(body) < _MOST_BYTES and (chunk := await response.content.read(_MOST_BYTES - len(body))):
        body += chunk
    code = response.headers.get("ngrok-error-code")
    if code is None and (found := re.search(rb"ERR_NGROK_\d+", body)):
        code = found[0].decode()
    content_type = response.headers.get("Content-Type", "")
    return _Answer(status=response.status, content_type=content_type, ngrok_code=code, body=body, hops=hops)


def _proxy(url: URL) -> str | None:
    """Return the proxy that the environment names for the URL, or None for an address of this machine.

    aiohttp's own `trust_env` is not an option: it also sends passwords from ~/.netrc.
    """
    host = url.host or ""
    if is_loopback(host) or proxy_bypass(host):
        return None
    proxy = getproxies().get(url.scheme)
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _shows_reminder(answer: _Answer) -> bool:
    if answer.ngrok_code:
        return answer.ngrok_code in INTERSTITIAL_CODES
    return "html" in answer.content_type.lower() and b"ngrok" in answer.body.lower()


def _judge_reminder(first: _Answer, second: _Answer | None, challenge: str) -> _Verdict:
    """Judge both answers together: only if the second is right, the reminder page alone is in the way."""
    if second and _judge(second, challenge).diagnosis is None:
        return _Verdict(
            diagnosis="ngrok's reminder page for browsers stands in front of the receiver, which answers rightly "
            "behind it; Meta cannot click it away: use a paid ngrok plan, or an address of your own"
        )
    return _judge(second if second and not _shows_reminder(second) else first, challenge)


def _judge(answer: _Answer, challenge: str) -> _Verdict:
    reason = handshake.explain_answer(answer.status, answer.content_type, answer.body, challenge)
    if reason is None:
        return _Verdict(diagnosis=None)
    fault = read_fault(answer.ngrok_code) if answer.ngrok_code else None
    if fault:
        reason = f"{fault}; {fault.hint}"
    if len(answer.hops) > 1:
        reason = f"it redirects ({_chain(answer.hops)}), and there: {reason}"
    passes = answer.status in _COMING or (fault is not None and answer.status == 404)
    return _Verdict(diagnosis=reason, retryable=passes)


def _judge_error(error: Exception) -> _Verdict:
    match error:
        case ClientProxyConnectionError():
            return _Verdict(diagnosis=f"the proxy {error.host}:{error.port} of the environment cannot be reached")
        case ClientHttpProxyError():
            return _Verdict(diagnosis=f"the proxy of the environment refuses the way (HTTP {error.status})")
        case ClientConnectorDNSError():
            return _Verdict(diagnosis=f"the host name {error.host} does not resolve", retryable=True)
        case ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as fault):
            known = _CERTIFICATE_FAULTS.get(fault.verify_code, f"the certificate is refused: {fault.verify_message}")
            return _Verdict(diagnosis=f"{known} ({error.host})")
        case ClientSSLError():
            return _Verdict(
                diagnosis=f"{error.host}:{error.port} speaks no TLS that is understood; is it a plain port?"
            )
        case ClientConnectorError() if error.errno == errno.ECONNREFUSED or "refused" in str(error).lower():
            return _Verdict(diagnosis=f"{error.host}:{error.port} refuses the connection: nothing listens there")
        case ClientConnectorError():
            return _Verdict(diagnosis=f"{error.host}:{error.port} cannot be reached: {error.strerror or error}")
        case ServerDisconnectedError() | ClientPayloadError() | ConnectionError():
            return _Verdict(diagnosis="the connection was closed before the answer was whole")
        case InvalidURL() | NonHttpUrlClientError() | ValueError():
            return _Verdict(diagnosis="the address, or one that it redirects to, is not a web address")
        case _:
            return _Verdict(diagnosis=f"the answer is not valid HTTP ({type(error).__name__})")


def _chain(hops: tuple[URL, ...]) -> str:
    return " → ".join(map(_shown, hops))


def _shown(url: URL) -> str:
    """Return the URL without anything that may hold a token."""
    return str(url.with_user(None).with_query(None).with_fragment(None))
