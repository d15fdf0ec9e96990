"""A registration that the Graph API refused, explained by its answer and by what our receiver saw meanwhile.

The answer alone leaves the place of the fault open: "HTTP 403" may come from us or from a firewall in front of us. Only
both together name one cause. Pure functions; the timeline that shows them is in `hookscope.views.handshake_timeline`.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.graph_refusal import explain_fault
from hookscope.meta.graph_error import GraphFault
from hookscope.meta.handshake import TIMEOUT_SECONDS
from hookscope.meta.handshake_answer import judge_answer
from hookscope.meta.verification_failure import VerificationFailure, read_verification_failure
from hookscope.model.record import Capture, Kind


class HandshakeOutcome(StrEnum):
    """The fate of Meta's verification request, as the receiver saw it."""

    NOTHING = "nothing arrived"
    ELSEWHERE = "it arrived at another path"
    REFUSED = "it arrived and was refused"
    NOT_STORED = "it arrived and could not be stored"
    LATE = "it was answered correctly, but late"
    ANSWERED = "it was answered correctly"


class ReceivedHandshake(Struct, frozen=True, kw_only=True):
    """The receiver's view of a verification request, with the reason of a refusal and the time to answer it."""

    outcome: HandshakeOutcome
    reason: str | None = None
    seconds: float = 0.0


_NOT_STORED = 503
"""The receiver's answer to what it could not store."""

_NOTHING = ReceivedHandshake(outcome=HandshakeOutcome.NOTHING)


def find_handshake(captures: Sequence[Capture]) -> ReceivedHandshake:
    """Return what the captures from the time of a registration say about its verification request."""
    asked = [capture for capture in captures if is_verification(capture)]
    return _received(asked[-1]) if asked else _NOTHING


def is_verification(capture: Capture) -> bool:
    """Return whether a capture is a verification request, also one at a wrong path."""
    if capture.kind is Kind.HANDSHAKE:
        return True
    return capture.kind is Kind.STRAY and capture.request.method == "GET" and "hub." in capture.request.target


def _received(capture: Capture) -> ReceivedHandshake:
    if capture.kind is Kind.STRAY:
        return ReceivedHandshake(outcome=HandshakeOutcome.ELSEWHERE, reason=capture.flaw)
    if capture.reply.status == _NOT_STORED:
        return ReceivedHandshake(outcome=HandshakeOutcome.NOT_STORED)
    if capture.handshake and not capture.handshake.accepted:
        return ReceivedHandshake(outcome=HandshakeOutcome.REFUSED, reason=capture.handshake.reason)
    seconds = (capture.reply.elapsed_ms or 0) / 1000
    return ReceivedHandshake(
        outcome=HandshakeOutcome.LATE if seconds >= TIMEOUT_SECONDS else HandshakeOutcome.ANSWERED, seconds=seconds
    )


def explain_refusal(fault: GraphFault, seen: ReceivedHandshake = _NOTHING) -> Finding:
    """Return why the Graph API refused a registration."""
    if not fault.is_handshake:
        return explain_fault(fault)
    failure = read_verification_failure(fault.message)
    if finding := _explain_seen(seen):
        return replace(finding, why=f"{failure.cause}; {_in_words(seen)}")
    return replace(_explain_failure(failure, seen), why=_in_words(seen))


def explain_arrival(capture: Capture) -> Finding | None:
    """Return the finding on a captured verification request, by our side alone; None for any other request."""
    if not is_verification(capture):
        return None
    seen = _received(capture)
    if finding := _explain_seen(seen):
        return replace(finding, why=_in_words(seen))
    return Finding(id="handshake.answered", state=State.OK, what=_in_words(seen))


def _in_words(seen: ReceivedHandshake) -> str:
    match seen.outcome:
        case HandshakeOutcome.NOTHING:
            return "this receiver saw nothing of the request"
        case HandshakeOutcome.ELSEWHERE:
            return "the request arrived here at another path than the callback's"
        case HandshakeOutcome.REFUSED:
            return f"this receiver refused the request: {seen.reason or 'no reason is known'}"
        case HandshakeOutcome.NOT_STORED:
            return f"this receiver answers {_NOT_STORED} to what it cannot store"
        case HandshakeOutcome.LATE | HandshakeOutcome.ANSWERED:
            return f"this receiver answered the request correctly, after {seen.seconds:.1f} s"


_TOKEN = "the registered token must be the receiver's token"  # noqa: S105
_WAIT = "Meta locks out callbacks that fail repeatedly, so wait a few minutes before the next try"


def _explain_seen(seen: ReceivedHandshake) -> Finding | None:
    """Return the finding that the receiver's side alone makes certain."""
    match seen.outcome:
        case HandshakeOutcome.REFUSED if "altered" in (seen.reason or ""):
            return _failed(
                "handshake.token-altered",
                "the verify token was altered on its way to this receiver",
                "use a verify token with only letters and digits",
            )
        case HandshakeOutcome.REFUSED:
            return _failed(
                "handshake.wrong-token",
                "this receiver refused Meta's verification request",
                f"{_TOKEN}; a proxy must pass the query on unchanged",
            )
        case HandshakeOutcome.ELSEWHERE:
            return _failed(
                "handshake.wrong-path",
                "Meta's verification request came to another path than the callback's",
                "have the tunnel or proxy pass the path on unchanged",
            )
        case HandshakeOutcome.NOT_STORED:
            return _failed(
                "handshake.not-stored",
                "Meta's verification request could not be stored",
                "free some disk space, or name another file with --journal",
            )
        case HandshakeOutcome.LATE:
            return _failed(
                "handshake.answered-late",
                "this receiver answered Meta's verification request too late",
                "see what keeps this machine or its disk busy: a request is stored before it is answered",
            )
        case _:
            return None


def _explain_failure(failure: VerificationFailure, seen: ReceivedHandshake) -> Finding:
    if failure.curl is not None:
        return _explain_curl(failure.curl, seen)
    if failure.status is not None:
        return _explain_status(failure.status, seen)
    if failure.received is not None:
        return _explain_body(failure, seen)
    return _failed(
        "handshake.unexplained",
        "Meta could not verify the callback and does not say why",
        f"check the callback: hookscope doctor --url URL; {_WAIT}",
    )


_CURL = {
    6: (
        "handshake.name-unknown",
        "Meta's resolvers do not know the callback's host name",
        "wait a minute if the name is new; check whether it resolves from another network",
    ),
    7: (
        "handshake.refused",
        "the callback's host refused Meta's connection",
        "check the port and the firewall in front of it: this machine was let through",
    ),
    35: ("handshake.no-tls", "the callback's port does not speak TLS", "register the https address of the tunnel"),
    47: (
        "handshake.redirects",
        "the callback's URL redirects more than twice",
        "register the final URL, and exempt it from any login",
    ),
    51: (
        "handshake.certificate-name",
        "the callback's certificate is for another host name",
        "use the tunnel's address as it is, without www.",
    ),
    60: (
        "handshake.certificate",
        "Meta does not trust the callback's certificate",
        "serve a public authority's certificate with its whole chain",
    ),
}


def _explain_curl(number: int, seen: ReceivedHandshake) -> Finding:
    if number in _CURL:
        return _failed(*_CURL[number])
    if seen.outcome is HandshakeOutcome.ANSWERED:
        return _failed(
            "handshake.answer-lost",
            "this receiver's answer did not get back to Meta",
            "try another region or kind of tunnel; a proxy in between may hold back answers",
        )
    if number == 28:
        return _failed(
            "handshake.not-arrived",
            "Meta waited for the callback in vain",
            "look for a firewall or an access rule of the tunnel that blocks other networks",
        )
    return _failed(
        "handshake.broken-off",
        "the connection broke before the callback had answered",
        "check the tunnel or the proxy in front; see its log at the time of this attempt",
    )


_STATUS_STEPS = {
    404: ("handshake.leads-elsewhere", "the tunnel or proxy must lead to this receiver, with the path unchanged"),
    429: ("handshake.tunnel-limit", "wait, or raise the tunnel's limits: ngrok's free plan limits verifications"),
    502: ("handshake.tunnel-down", "check that the tunnel still runs and leads to this receiver's port"),
    503: ("handshake.tunnel-down", "check that the tunnel still runs and leads to this receiver's port"),
    504: ("handshake.tunnel-down", "check that the tunnel still runs and leads to this receiver's port"),
}


def _explain_status(status: int, seen: ReceivedHandshake) -> Finding:
    if seen.outcome is HandshakeOutcome.ANSWERED:
        return _failed(
            "handshake.answer-replaced",
            f"something in between replaced this receiver's answer with HTTP {status}",
            "check the rules of the tunnel, or the proxy in front",
        )
    if status in (401, 403, 406, 451):
        return _failed(
            "handshake.blocked",
            f"something in front of this receiver refused Meta with HTTP {status}",
            "look for an IP restriction, a login, or a bot filter of the tunnel or proxy; Meta comes from AS32934",
        )
    name, step = _STATUS_STEPS.get(
        status, ("handshake.answered-elsewhere", "find out what answers in front of this receiver")
    )
    return _failed(name, f"something other than this receiver answered Meta with HTTP {status}", step)


def _explain_body(failure: VerificationFailure, seen: ReceivedHandshake) -> Finding:
    received, expected = failure.received or "", failure.expected or ""
    if seen.outcome is HandshakeOutcome.ANSWERED:
        return _failed(
            "handshake.answer-altered",
            f"this receiver's answer was altered on its way to Meta, which received {received!r}",
            "look for a proxy that changes bodies, or puts a page in front",
        )
    fault = judge_answer(200, "", received.removesuffix("...").encode(), expected)
    what = fault.what if fault else "the body with 200 is cut off"
    return _failed(
        "handshake.somebody-else",
        f"something other than this receiver answered Meta, incorrectly: {what}",
        "find out what answers at that URL, such as a login, a browser warning page, or another server",
    )


def _failed(name: str, what: str, next_step: str) -> Finding:
    return Finding(id=name, state=State.FAILED, what=what, next_step=next_step)
