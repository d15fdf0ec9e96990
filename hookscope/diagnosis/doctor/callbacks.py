"""The callbacks' answers: to a verification request of our own, or to the probe of the live run that holds one."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

from msgspec.structs import replace

from hookscope.control.client import ControlClient
from hookscope.diagnosis.doctor.evidence import RegisteredSubscription, Unknown
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.preflight import preflight
from hookscope.errors import HookscopeError
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.meta.handshake import random_challenge
from hookscope.run_registry import LiveRun
from hookscope.settings import random_verify_token
from hookscope.views.status import LinkState

_ANSWER_SECONDS = 5.0
_REFUSED = frozenset(("status.refused", "status.other"))
_AGAIN = "set HOOKSCOPE_VERIFY_TOKEN to its token and check again"
_AMBIGUOUS = frozenset(("status.login", "status.not-200", "answer.ok", "answer.wrong", "answer.empty"))


async def examine_url(url: str, verify_token: str | None) -> Finding:
    """Return the finding on a callback: whether it answers or, without its token, refuses a made-up one."""
    token, challenge = verify_token or random_verify_token(), random_challenge()
    finding = (await preflight(url, verify_token=token, challenge=challenge)).finding
    if verify_token is not None:
        return finding
    if finding.id in _REFUSED:
        return Finding(id="callback.answers", state=State.OK, what="it can be reached and refuses a made-up token")
    if finding.id in _AMBIGUOUS:
        return Finding(
            id="callback.answers",
            state=State.UNKNOWN,
            what=f"with a made-up verify token: {finding.what}",
            why="that may be how it refuses the token, or a fault",
            next_step=_AGAIN,
        )
    if finding.id == "status.not-found":
        return replace(
            finding,
            why="unless that is how it refuses a made-up verify token",
            next_step=f"{finding.next_step}, or {_AGAIN}",
        )
    if finding.state is State.OK:
        return Finding(
            id="callback.any-token",
            state=State.WARNING,
            what="it answers the verification even with a made-up verify token",
            why="anybody could register it for their own app",
            next_step="compare hub.verify_token, and answer 403 to a wrong one",
        )
    return finding


async def ask_callbacks(
    registered: tuple[RegisteredSubscription, ...] | Unknown,
    wanted: Mapping[str, tuple[str, ...]],
    entries: Mapping[str, LedgerEntry],
    live: Mapping[str, LiveRun],
    verify_token: str | None,
) -> dict[str, Finding]:
    """Ask each callback once. For a live run, its own probe counts: ours would appear among its captures."""
    found: dict[str, Finding] = {}
    for row in () if isinstance(registered, Unknown) else registered:
        subscription = row.subscription
        url, entry = subscription.callback_url, entries.get(subscription.object)
        if url in found or (wanted and subscription.object not in wanted):
            continue
        run = live.get(entry.holder) if entry and entry.owns(subscription) else None
        found[url] = await (_ask_run(run) if run else examine_url(url, verify_token))
    return found


async def _ask_run(run: LiveRun) -> Finding:
    try:
        async with (
            asyncio.timeout(_ANSWER_SECONDS),
            ControlClient(run.address) as client,
            aclosing(client.watch()) as statuses,
        ):
            async for status in statuses:
                return _judge_probe(status.probe.light, status.probe.detail)
    except (HookscopeError, TimeoutError):
        pass
    return Finding(
        id="callback.answers",
        state=State.UNKNOWN,
        what="the live run does not report whether its public URL works",
        why="it is starting, or suspended",
        next_step=f"type `fg` where it was started, or: kill -CONT {run.pid}",
    )


def _judge_probe(light: LinkState, detail: str) -> Finding:
    if light is LinkState.BAD:
        return Finding(
            id="callback.answers",
            state=State.FAILED,
            what=f"the live run's own probe fails: {detail}",
            next_step="check the tunnel and the network, and start the run again",
        )
    return Finding(id="callback.answers", state=State.OK, what=f"the live run's own probe passes ({detail})")
