"""The examination of an endpoint: whether it can be reached at all, then one check after another."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from msgspec import Struct

from hookscope.diagnosis.connection_faults import PROXY_FAULTS
from hookscope.diagnosis.endpoint.check import EndpointCheck, Need, Subject, Verdict, unknown
from hookscope.diagnosis.endpoint.client import EndpointClient, Limits
from hookscope.diagnosis.endpoint.notifications import Notifications
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.preflight import preflight
from hookscope.meta import handshake
from hookscope.samples.sample import Sample
from hookscope.secret_sources import APP_SECRET, Secret

REACHABLE = "endpoint.reachable"
_NOT_THERE = frozenset((404, 410, 502, 503, 504))
"""Statuses that mean, when GET and POST get the same, that nothing is at the path or behind the proxy."""

_UNMET = {
    Need.TOKEN: ("no verify token is known", "give the one that your app expects: --verify-token"),
    Need.SECRET: ("no app secret is known", f"set {APP_SECRET}, or give --app-secret-file"),
}


class CheckResult(Struct, frozen=True, kw_only=True):
    """A finding, the title of its check, and how long that took."""

    finding: Finding
    title: str
    elapsed_ms: float

    def as_json(self) -> dict[str, Any]:
        """Return the result as an object of the JSON output."""
        return {**self.finding.as_json(), "title": self.title, "elapsed_ms": round(self.elapsed_ms, 3)}


async def examine(
    url: str,
    checks: Sequence[EndpointCheck],
    *,
    sample: Sample,
    verify_token: str | None = None,
    secret: Secret | None = None,
    limits: Limits | None = None,
) -> AsyncIterator[CheckResult]:
    """Perform the checks one after another, and yield each result; a single one if there is no endpoint.

    Raises nothing.

    The endpoint gets up to 200 notifications of made-up events, and some 20 handshakes.
    """
    client = EndpointClient(url, limits or Limits())
    subject = Subject(
        client=client,
        notifications=Notifications(url, sample, secret),
        verify_token=verify_token or None,
        secret=secret,
    )
    began = time.perf_counter()
    reached = await _reach(subject)
    yield _result(reached, "The endpoint can be reached", began)
    if reached.failed:
        return
    states: dict[str, State] = {}
    for check in checks:
        began = time.perf_counter()
        verdict = _hindrance(check, subject, states) or await check.run(subject)
        states[check.id] = verdict.state
        finding = Finding(
            id=check.id, state=verdict.state, what=verdict.what, why=verdict.why, next_step=verdict.next_step
        )
        yield _result(finding, check.title, began)


_REACHED = Finding(id=REACHABLE, state=State.OK, what="the endpoint can be reached")
_FROM_META = "if Meta sees the same, it saves no callback and delivers nothing"
_THROUGH_PROXY = "Meta does not go through it: whether Meta can reach the endpoint is not known"


async def _reach(subject: Subject) -> Finding:
    """Return whether there is an endpoint at all, and why not."""
    client, challenge, wrong = subject.client, handshake.random_challenge(), secrets.token_hex(12)
    token = subject.verify_token or wrong
    first = await client.get(handshake.request_url(client.url, challenge=challenge, verify_token=wrong))
    if first.status is None and token != wrong:  # It may not answer strangers.
        first = await client.get(handshake.request_url(client.url, challenge=challenge, verify_token=token))
    is_there = first.status is not None
    if first.status in _NOT_THERE:
        is_there = (await client.post(subject.notifications.request())).status != first.status
    if is_there:
        return _REACHED
    looked = await preflight(client.url, verify_token=token, challenge=challenge, timeout=client.limits.handshake)
    found = looked.finding
    if not found.failed:  # It answers 404 to strangers, or was just starting.
        return _REACHED
    return Finding(
        id=REACHABLE,
        state=State.FAILED,
        what=found.what,
        why="; ".join(filter(None, (found.why, _THROUGH_PROXY if found.id in PROXY_FAULTS else _FROM_META))),
        next_step=found.next_step or "start your app, and try again",
    )


def _hindrance(check: EndpointCheck, subject: Subject, states: dict[str, State]) -> Verdict | None:
    """Return why the outcome of a check cannot be known, if so."""
    known = {Need.TOKEN: subject.verify_token, Need.SECRET: subject.secret}
    for need in check.needs:
        if not known[need]:
            why, next_step = _UNMET[need]
            return unknown("not checked", why, next_step)
    for earlier in check.after:
        if states.get(earlier) not in (State.OK, State.WARNING):
            return unknown("not checked", f"{earlier} has not passed")
    return None


def _result(finding: Finding, title: str, began: float) -> CheckResult:
    return CheckResult(finding=finding, title=title, elapsed_ms=(time.perf_counter() - began) * 1000)
