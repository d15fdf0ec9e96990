"""The reason why a signature does not fit: the one hypothesis that holds, proven by the signature itself.

It is for whoever reads a capture, on demand. A sender must learn nothing of it, and no text holds a signature or a
secret. The order of the hypotheses is from the header to the body; what the bytes cannot prove comes last.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from hookscope.diagnosis.altered_body import explain_altered_body, explain_incomplete_body
from hookscope.diagnosis.altered_header import explain_altered_header, explain_renamed_header
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.signature_maker import SignatureMaker
from hookscope.meta import signature, wire
from hookscope.meta.signature import SHA1_HEADER, SHA256_HEADER, SignatureVerdict, header_values
from hookscope.secret_sources import APP_SECRET, DASHBOARD_PLACE, EXTRA_SECRETS

Headers = Sequence[tuple[bytes, bytes]]

_UNCHECKED = Finding(
    id="signature.unchecked",
    state=State.UNKNOWN,
    what="the signature cannot be checked here",
    why="no app secret is known",
    next_step=f"set {APP_SECRET} ({DASHBOARD_PLACE})",
)
_VALID = Finding(id="signature.valid", state=State.OK, what="the signature is valid")
_SHA1_ONLY = Finding(
    id="signature.sha1-only",
    state=State.WARNING,
    what=f"only {SHA1_HEADER} came, and it is valid",
    why=f"Meta also sends {SHA256_HEADER}, so something on the way drops it, or the sender is not Meta",
    next_step=f"let {SHA256_HEADER} pass; an app that checks sha256 alone refuses this request",
)
_MISSING = Finding(
    id="signature.missing",
    state=State.FAILED,
    what="no signature came",
    why="Meta signs every notification: the sender is not Meta, or something on the way drops the header",
    next_step=f"let {SHA256_HEADER} pass through proxies and gateways",
)
_EDITED = Finding(
    id="signature.edited",
    state=State.FAILED,
    what="the body was edited after it was signed",
    why="the signature is valid for the body of the original capture",
    next_step="sign it again: hookscope replay with --resign",
)
_COMPARE_SECRETS = (
    f"compare the app secret ({DASHBOARD_PLACE}); Instagram Login signs with the Instagram app secret: "
    f"add it to {EXTRA_SECRETS}"
)


def explain_signature(
    headers: Headers, body: bytes, secrets: Mapping[str, str], original: bytes | None = None
) -> Finding:
    """Return the finding on a notification's signature, by its raw headers and raw body.

    `secrets` has the known app secrets by a name that may be shown, the app's own first. `original` is the body that
    this one was made from, where that is known: only it can prove an edit. A body of 16 MiB may take a few seconds.
    """
    maker = SignatureMaker(secrets)
    match signature.judge(headers, body, tuple(secrets.values())).verdict:
        case SignatureVerdict.UNCHECKED:
            return _UNCHECKED
        case SignatureVerdict.VALID:
            return _explain_valid(headers, body, secrets)
        case SignatureVerdict.MISSING:
            return explain_renamed_header(headers, body, maker) or _MISSING
    return (
        explain_altered_header(headers, body, maker)
        or _explain_edit(headers, original, maker)
        or explain_altered_body(headers, body, partial(_signed_by, headers, maker))
        or explain_incomplete_body(headers, body)
        or _conclude(body, len(set(secrets.values())))  # In a sandbox, its secret may also be the app's.
    )


def _signed_by(headers: Headers, maker: SignatureMaker, body: bytes) -> str | None:
    """Return a sentence's end about the secret that signed the body, or None."""
    for name, algorithm in ((SHA256_HEADER, "sha256"), (SHA1_HEADER, "sha1")):
        if values := header_values(headers, name):
            secret = maker.of(values[0], body, algorithm)
            return None if secret is None else maker.note(secret)
    return None


def _explain_valid(headers: Headers, body: bytes, secrets: Mapping[str, str]) -> Finding:
    values = header_values(headers, SHA256_HEADER)
    if not values:
        return _SHA1_ONLY
    name = SignatureMaker(secrets).of(values[0], body)
    if name is None or name == next(iter(secrets)):
        return _VALID
    return Finding(
        id="signature.other-secret",
        state=State.WARNING,
        what=f"the signature was made with {name}",
        why="it is one of the known secrets, but not the app's own, which apps usually check with",
        next_step="have your app accept this secret too; Instagram Login signs with the Instagram app secret",
    )


def _explain_edit(headers: Headers, original: bytes | None, maker: SignatureMaker) -> Finding | None:
    return _EDITED if original is not None and _signed_by(headers, maker, original) is not None else None


def _conclude(body: bytes, known: int) -> Finding:
    tried = (
        "the signature does not match the known app secret"
        if known == 1
        else f"the signature does not match any of the {known} known app secrets"
    )
    if unlike := _unlike_meta(body):
        return Finding(
            id="signature.not-metas-form",
            state=State.FAILED,
            what=f"{tried}, and the body is not written the way Meta writes JSON",
            why=f"{unlike}: it was rewritten on the way and cannot be reconstructed, or Meta did not write it",
            next_step=f"verify the raw bytes, before anything parses them; then {_COMPARE_SECRETS}",
        )
    return Finding(
        id="signature.unexplained",
        state=State.FAILED,
        what=f"{tried}, and no known change of header or body explains it",
        why="another app's secret signed it, or the body was edited after it was signed; the bytes cannot tell which",
        next_step=_COMPARE_SECRETS,
    )


def _unlike_meta(body: bytes) -> str | None:
    """Return what shows that Meta's encoder did not write the body; None for its own form."""
    if not body.isascii():
        return "it holds characters that are not ASCII, where Meta writes \\u escapes"
    try:
        written = wire.encode(wire.decode(body))
    except (ValueError, RecursionError):
        return "it is not JSON"
    if len(written) == len(body):
        return None
    return "its spaces or escapes are not Meta's"
