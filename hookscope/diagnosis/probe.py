"""Meta's verification request, made by ourselves: finds out whether a callback URL answers it, and if not, why.

Meta follows two redirects, verifies the certificate and waits for about 6 seconds; so does this. It runs before
anything is registered, because Meta locks out developers whose callbacks fail repeatedly.
"""

import asyncio
import time
from collections.abc import Iterable

from aiohttp import ClientError
from msgspec import Struct

from hookscope.diagnosis.answers import explain_after_redirects, explain_answer, explain_redirects
from hookscope.diagnosis.connection_faults import PROXY_FAULTS, explain_error, explain_silence
from hookscope.diagnosis.exchange import CallbackAnswer, Exchange, RedirectError
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.intermediaries import SKIPS_REMINDERS, explain_reminder, shows_reminder
from hookscope.meta import handshake

_COMING = frozenset((502, 503))
"""Statuses that a tunnel which has just come up may answer for a moment."""

_SLOW = 0.5
"""The part of the time after which a right answer is worth a warning."""

Headers = Iterable[tuple[str, str]]


class ProbeResult(Struct, frozen=True, kw_only=True):
    """The verdict on a callback.

    `retryable` is for what a fresh tunnel shows for a moment: a name that is not known yet, an endpoint not yet online.
    """

    finding: Finding
    elapsed_ms: float
    retryable: bool = False

    @property
    def ok(self) -> bool:
        """True if the callback would satisfy Meta."""
        return not self.finding.failed

    @property
    def is_conclusive(self) -> bool:
        """True unless our own proxy is in the way, which says nothing about the callback."""
        return self.finding.id not in PROXY_FAULTS

    @property
    def diagnosis(self) -> str | None:
        """The reason in words if it would not."""
        return "; ".join(filter(None, (self.finding.what, self.finding.why))) if self.finding.failed else None


async def probe(
    callback_url: str,
    *,
    verify_token: str,
    challenge: str,
    timeout: float = handshake.TIMEOUT_SECONDS,  # noqa: ASYNC109
    headers: Headers = handshake.REQUEST_HEADERS,
) -> ProbeResult:
    """Ask the callback as Meta would, once, and judge the answer. `timeout` in seconds; nothing is raised."""
    began = time.perf_counter()
    exchange = Exchange()
    answer: CallbackAnswer | None = None
    try:
        async with asyncio.timeout(timeout):
            url = handshake.request_url(callback_url, challenge=challenge, verify_token=verify_token)
            answer = await exchange.get(url, dict(headers))
            finding = await _judge(exchange, url, answer, headers, challenge)
    except TimeoutError:
        silence = explain_after_redirects(explain_silence(exchange.stage, timeout), exchange.hops)
        finding = explain_answer(answer, challenge) if answer else silence  # Behind a reminder page, nothing came.
    except RedirectError as error:
        finding = explain_redirects(error)
    except (ClientError, OSError, ValueError) as error:
        finding = explain_after_redirects(explain_error(error), exchange.hops)
    elapsed = time.perf_counter() - began
    finding = consider_time(finding, elapsed, timeout)
    return ProbeResult(finding=finding, elapsed_ms=elapsed * 1000, retryable=_may_pass(finding, answer))


async def _judge(exchange: Exchange, url: str, answer: CallbackAnswer, headers: Headers, challenge: str) -> Finding:
    """Judge an answer; only if the one behind a reminder page is right, the page alone is in the way."""
    first = explain_answer(answer, challenge)
    if not first.failed or not shows_reminder(answer):
        return first
    try:
        behind = await exchange.get(url, dict((*headers, *SKIPS_REMINDERS)))
    except (RedirectError, ClientError, OSError, ValueError):
        return first
    second = explain_answer(behind, challenge)
    if not second.failed:
        return explain_reminder(answer)
    return first if shows_reminder(behind) else second


def consider_time(finding: Finding, elapsed: float, timeout: float) -> Finding:
    """Return the finding, or a warning if a correct answer took most of `timeout`; both times in seconds."""
    if finding.state is not State.OK or elapsed <= timeout * _SLOW:
        return finding
    return Finding(
        id="answer.slow",
        state=State.WARNING,
        what=f"it answers correctly, after {elapsed:.1f} s",
        why=f"Meta waits about {timeout:g} s, so on a slow day this would be too late",
        next_step="answer the verification before any slow work; keep the host awake",
    )


def _may_pass(finding: Finding, answer: CallbackAnswer | None) -> bool:
    if not finding.failed:
        return False
    if answer is None:
        return finding.id == "connection.name-unknown"
    return answer.status in _COMING or (answer.status == 404 and finding.id.startswith("ngrok."))
