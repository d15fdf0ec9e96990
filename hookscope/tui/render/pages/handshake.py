"""The handshake page: the registration as a timeline of its three parties."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from hookscope.model.record import Capture, Kind, origin_form
from hookscope.tui.render.capture_row import elapsed
from hookscope.tui.render.pages.lines import BLANK, note, query
from hookscope.views.body import BodyLine, Token
from hookscope.views.status import LinkState, LinkStatus

_TIME = 12
_INDENT = 7


def handshake(
    capture: Capture, arrivals: Sequence[Capture], registered: Sequence[tuple[str, LinkStatus]], now: datetime
) -> Iterator[BodyLine]:
    """Yield the timeline: our POST, each GET that came with our answer, and Graph's reply as far as this run knows it.

    `arrivals` are the handshakes of the capture's run up to it; `registered` is empty unless that run is live.
    """
    if not arrivals:
        what = "it is none of Meta's requests" if capture.kind is Kind.STRAY else "no handshake is known of its run"
        yield note(f"nothing to show: {what}")
        return
    if capture.kind is not Kind.HANDSHAKE:
        yield from (note("the handshake by which its run was registered"), BLANK)
    yield from _step(None, "hookscope → Meta", "POST /{app-id}/subscriptions, which names the callback", Token.PLAIN)
    for arrival in arrivals:
        yield from _arrival(arrival, now)
    for name, link in registered:
        good = link.light is LinkState.OK
        told = f"registered {name}: {link.detail}" if good else f"{name}: {link.detail or 'not registered'}"
        yield from _step(None, "Meta → hookscope", told, Token.STRING if good else Token.PROBLEM)
    if not registered:
        yield note("Graph's reply is known only while the run is live")


def _arrival(arrival: Capture, now: datetime) -> Iterator[BodyLine]:
    path = origin_form(arrival.request.target).partition("?")[0]
    at = arrival.received_at.astimezone(now.tzinfo)
    sender = f"{arrival.request.method} {path} from {arrival.request.remote or 'unknown'}"
    yield from _step(at, "Meta → hookscope", sender, Token.PLAIN)
    yield from query(arrival.request.target, indent=_INDENT)
    yield from _step(at, "hookscope → Meta", *_answer(arrival))


def _answer(arrival: Capture) -> tuple[str, Token]:
    took = "" if arrival.reply.elapsed_ms is None else f" after {elapsed(arrival.reply.elapsed_ms)} ms"
    verdict = arrival.handshake
    if verdict and verdict.accepted:
        return f"✓ {arrival.reply.status} and the bare challenge{took}", Token.STRING
    reason = verdict.reason if verdict else arrival.flaw
    return f"✗ {arrival.reply.status or 'no answer'}{took}{f': {reason}' if reason else ''}", Token.PROBLEM


def _step(at: datetime | None, parties: str, told: str, token: Token) -> Iterator[BodyLine]:
    when = f"{at:%H:%M:%S}.{at.microsecond // 1000:03}" if at else ""
    yield BodyLine(pieces=((Token.NOTE, f"{when:<{_TIME}}  "), (Token.KEY, parties)))
    yield BodyLine(indent=_INDENT, pieces=((token, told),))
