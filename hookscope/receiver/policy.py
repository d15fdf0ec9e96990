"""The kind of a request and the answer to it, decided from the request alone."""

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl

from msgspec import Struct

from hookscope.meta import handshake, packing, signature
from hookscope.meta.signature import ACCEPTED, Signature, SignatureVerdict
from hookscope.model.record import Handshake, Kind, Reply, Request, origin_form

TAKEN = Reply(status=200, body=b"OK")
"""The answer to a notification that is accepted."""

_METHODS = frozenset(("GET", "POST"))
_MAX_PARAMETERS = 64
_NOT_SIGNED = Signature(verdict=SignatureVerdict.UNCHECKED)
_REFUSED = Reply(status=401, body=b"signature not accepted")


class Policy(Struct, frozen=True, kw_only=True):
    """The callback paths, verify token and secrets that a receiver decides with."""

    paths: frozenset[str]
    verify_token: str
    secrets: tuple[str, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """The kind of a request and the answer to it."""

    kind: Kind
    reply: Reply
    signature: Signature = _NOT_SIGNED
    handshake: Handshake | None = None
    flaw: str | None = None


def judge(request: Request, policy: Policy) -> Decision:
    """Judge a whole request whose head `judge_head` accepted; never raises.

    Meta sees 200 for a right request, 403 for a wrong handshake and 401 for a wrong signature. No answer says more than
    that: whoever guesses must not learn what would have been right.
    """
    if request.method == "GET":
        return _judge_handshake(origin_form(request.target).partition("?")[2], policy.verify_token)
    return _judge_notification(request, policy.secrets)


def judge_head(method: str, target: str, policy: Policy) -> Decision | None:
    """Judge a request by its head alone: a stray by its path or method; None for any other."""
    path = origin_form(target).partition("?")[0]
    if path not in policy.paths:
        return _stray(404, "not found", flaw=_near_miss(path, policy.paths))
    return None if method in _METHODS else _stray(405, "method not allowed")


def _near_miss(path: str, wanted: Iterable[str]) -> str | None:
    """Return what is wrong with a path that differs from a callback path only in its slashes; for the capture alone."""
    for one in wanted:
        if _parts(path) == _parts(one):
            wrong = "too many" if path.count("/") > one.count("/") else "too few"
            return (
                f"it is the callback path with one slash {wrong}: check where the callback URL was entered or rewritten"
            )
    return None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def oversized(limit: int) -> Decision:
    """Return the decision on a body over the limit, in bytes, which is not read to its end."""
    return _stray(413, "too large", flaw=f"the body is over the limit of {limit >> 20} MiB and was not kept in full")


def incomplete() -> Decision:
    """Return the decision on a request whose sender disconnected or fell silent within the body.

    Nobody reads the answer.
    """
    return _stray(400, "incomplete", flaw="the body ended early")


def crowded_out() -> Decision:
    """Return the decision on a body for which there is no room next to the others in flight."""
    return _stray(
        503, "busy, send it again", flaw="too many large bodies came at once, and this one was not kept in full"
    )


def not_understood(status: int, flaw: str) -> Decision:
    """Return the decision on a request that is not valid HTTP."""
    return _stray(status, "not understood", flaw=flaw)


def query_parameters(query: str) -> list[tuple[str, str]]:
    """Return the decoded parameters of a query in order; none when there are absurdly many."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        return []


def _judge_handshake(query: str, verify_token: str) -> Decision:
    verdict = handshake.judge(query_parameters(query), verify_token)
    outcome = Handshake(accepted=verdict.accepted, reason=verdict.reason)
    if verdict.accepted:
        challenge = (verdict.challenge or "").encode("utf-8", "replace")
        return Decision(kind=Kind.HANDSHAKE, reply=Reply(status=200, body=challenge), handshake=outcome)
    return Decision(kind=Kind.HANDSHAKE, reply=Reply(status=403, body=b"forbidden"), handshake=outcome)


def _judge_notification(request: Request, secrets: Sequence[str]) -> Decision:
    signed = signature.judge(request.headers, request.body, secrets)
    flaw = packing.explain(request.headers)
    if signed.verdict not in ACCEPTED:
        return Decision(kind=Kind.NOTIFICATION, reply=_REFUSED, signature=signed, flaw=flaw)
    return Decision(kind=Kind.NOTIFICATION, reply=TAKEN, signature=signed, flaw=flaw)


def _stray(status: int, body: str, *, flaw: str | None = None) -> Decision:
    return Decision(kind=Kind.STRAY, reply=Reply(status=status, body=body.encode()), flaw=flaw)
