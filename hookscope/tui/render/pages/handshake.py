"""The handshake page: the registration as a timeline of its three parties."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from hookscope.model.record import Capture, Kind, origin_form
from hookscope.tui.render.pages.lines import BLANK, note, query
from hookscope.views.body import BodyLine, Token
from hookscope.views.duration import duration
from hookscope.views.status import LinkState, LinkStatus

_TIME = 12
_INDENT = 7
_POST = "POST /{app-id}/subscriptions, which names the callback"


class _Step(Struct, frozen=True):
    """A message from one party to another, with its time if known; requests have a `target`."""

    at: datetime | None
    parties: str
    wording: str
    token: Token = Token.PLAIN
    target: str | None = None


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
    meant = [(name, link) for name, link in registered if _is_before(link, arrivals[-1])]
    for step in _in_order([*_posts(meant), *_arrived(arrivals), *_replies(meant)]):
        yield from _lines(step, now)
    if not registered:
        yield note("Graph's reply is known only while the run is live")


def _in_order(steps: Iterable[_Step]) -> list[_Step]:
    """Return the steps by their times; one without a time stays behind the one before it."""
    dated: list[tuple[datetime | None, _Step]] = []
    for step in steps:
        dated.append((step.at or (dated[-1][0] if dated else None), step))
    return [step for _, step in sorted(dated, key=lambda one: (one[0] is not None, one[0] and one[0].timestamp()))]


def _is_before(link: LinkStatus, arrival: Capture) -> bool:
    """Return whether a registration was asked for before a request came, as far as that is known."""
    return not link.asked_at or datetime.fromisoformat(link.asked_at) <= arrival.received_at


def _posts(registered: Sequence[tuple[str, LinkStatus]]) -> list[_Step]:
    """Return our POSTs; the one that there must have been, if none is known."""
    known = [(name, datetime.fromisoformat(link.asked_at)) for name, link in registered if link.asked_at]
    if not known:
        return [_Step(None, "hookscope → Meta", _POST)]
    return [_Step(at, "hookscope → Meta", f"{_POST} for {name}") for name, at in known]


def _arrived(arrivals: Sequence[Capture]) -> Iterator[_Step]:
    for arrival in arrivals:
        target = arrival.request.target
        path = origin_form(target).partition("?")[0]
        sender = f"{arrival.request.method} {path} from {arrival.request.remote or 'unknown'}"
        yield _Step(arrival.received_at, "Meta → hookscope", sender, target=target)
        yield _Step(arrival.received_at, "hookscope → Meta", *_answer(arrival))


def _replies(registered: Sequence[tuple[str, LinkStatus]]) -> Iterator[_Step]:
    for name, link in registered:
        good = link.light is LinkState.OK
        wording = f"registered {name}: {link.detail}" if good else f"{name}: {link.detail or 'not registered'}"
        at = datetime.fromisoformat(link.answered_at) if good and link.answered_at else None
        yield _Step(at, "Meta → hookscope", wording, Token.STRING if good else Token.PROBLEM)


def _answer(arrival: Capture) -> tuple[str, Token]:
    took = "" if arrival.reply.elapsed_ms is None else f" after {duration(arrival.reply.elapsed_ms)}"
    verdict = arrival.handshake
    if verdict and verdict.accepted:
        return f"✓ {arrival.reply.status} and the bare challenge{took}", Token.STRING
    reason = verdict.reason if verdict else arrival.flaw
    return f"✗ {arrival.reply.status or 'no answer'}{took}{f': {reason}' if reason else ''}", Token.PROBLEM


def _lines(step: _Step, now: datetime) -> Iterator[BodyLine]:
    at = step.at.astimezone(now.tzinfo) if step.at else None
    when = f"{at:%H:%M:%S}.{at.microsecond // 1000:03}" if at else ""
    yield BodyLine(pieces=((Token.NOTE, f"{when:<{_TIME}}  "), (Token.KEY, step.parties)))
    yield BodyLine(indent=_INDENT, pieces=((step.token, step.wording),))
    if step.target is not None:
        yield from query(step.target, indent=_INDENT)
