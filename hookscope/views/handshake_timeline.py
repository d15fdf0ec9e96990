"""A registration as a timeline of its three parties: this run, Meta, and the receiver behind the public URL."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from hookscope.model.record import Capture, origin_form

_STAMP = "%H:%M:%S"


def handshake_timeline(
    callback_url: str, *, began: datetime, arrivals: Sequence[Capture], ended: datetime, reply: str
) -> tuple[str, ...]:
    """Return the lines, oldest first: our POST, each verification request that arrived with our answer, Meta's reply.

    No line shows a query, which holds the verify token. The times are of this machine's clock, local.
    """
    host = urlsplit(callback_url).hostname or callback_url
    lines = [_line(began, "we → Meta", f"POST, which registers {callback_url}")]
    for arrival in arrivals:
        path = origin_form(arrival.request.target).partition("?")[0]
        lines.append(_line(arrival.received_at, "Meta → us", f"GET {path} from {arrival.request.remote or 'unknown'}"))
        lines.append(_line(arrival.received_at, "us → Meta", _answer(arrival)))
    if not arrivals:
        lines.append(f"{'':12}  Meta → {host}: nothing of it arrived here")
    lines.append(_line(ended, "Meta → we", reply))
    return tuple(lines)


def _answer(arrival: Capture) -> str:
    took = "" if arrival.reply.elapsed_ms is None else f" after {arrival.reply.elapsed_ms:.1f} ms"
    verdict = arrival.handshake
    if verdict and verdict.accepted and arrival.reply.status == HTTPStatus.OK:
        return f"{arrival.reply.status} with the challenge{took}"
    reason = (verdict and verdict.reason) or arrival.flaw
    return f"{arrival.reply.status}{took}" + (f": {reason}" if reason else "")


def _line(at: datetime, parties: str, text: str) -> str:
    stamp = at.astimezone().strftime(_STAMP)
    return f"{stamp}.{at.microsecond // 1000:03}  {parties}: {text}"
