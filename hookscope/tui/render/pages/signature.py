"""The signature page: the signed bytes, the digests as far as they may be shown, the verdict, and its reason."""

from collections.abc import Iterator

from hookscope.diagnosis.finding import Finding
from hookscope.meta.signature import SHA1_HEADER, SHA256_HEADER, SignatureVerdict, header_values
from hookscope.model.record import Capture, Kind, is_played
from hookscope.tui.render.capture_header import PART_OF_THE_SHOW
from hookscope.tui.render.pages.lines import BLANK, fact, note
from hookscope.views.body import BodyLine, Token

_KEPT = 6
_SHOWN_BYTES = 48
_MARKS = {
    SignatureVerdict.VALID: (Token.STRING, "✓ valid"),
    SignatureVerdict.INVALID: (Token.PROBLEM, "✗ invalid"),
    SignatureVerdict.MISSING: (Token.PROBLEM, "! missing"),
    SignatureVerdict.UNCHECKED: (Token.NOTE, "? not checked"),
}
_COMPUTED = {
    SignatureVerdict.VALID: "the same",
    SignatureVerdict.INVALID: "another one, which is shown to nobody",
    SignatureVerdict.MISSING: "not compared: nothing was received",
    SignatureVerdict.UNCHECKED: "none: no app secret is known",
}


def signature(capture: Capture, finding: Finding | None) -> Iterator[BodyLine]:
    """Yield the lines, never with a computed digest: the sender of a wrong one must not learn the right one."""
    if capture.kind is not Kind.NOTIFICATION:
        yield note("Meta signs notifications only; this is none")
        return
    verdict = capture.signature.verdict
    algorithm = f" ({capture.signature.algorithm})" if capture.signature.algorithm else ""
    yield fact("verdict", _MARKS[verdict], (Token.NOTE, algorithm))
    if is_played(capture.source, capture.kind, verdict):
        yield fact("why", (Token.PLAIN, PART_OF_THE_SHOW))
    yield from _reasons(capture, finding)
    yield BLANK
    yield from _signed(capture.request.body)
    yield fact("key", (Token.PLAIN, "the app secret"))
    yield BLANK
    for name in (SHA256_HEADER, SHA1_HEADER):
        for value in header_values(capture.request.headers, name):
            yield fact("received", (Token.KEY, f"{name}: "), (Token.STRING, _masked(value)))
    yield fact("computed", (Token.PLAIN, _COMPUTED[verdict]))


def _reasons(capture: Capture, finding: Finding | None) -> Iterator[BodyLine]:
    rows = [("reason", capture.signature.reason)]
    if finding:
        rows = [("reason", finding.what), ("", finding.why), ("next step", finding.next_step)]
    for label, text in rows:
        if text:
            yield fact(label, (Token.PLAIN, text))


def _signed(body: bytes) -> Iterator[BodyLine]:
    yield fact("signed", (Token.PLAIN, f"the body's {len(body):,} bytes as they came, before anything parses them"))
    yield fact("from", (Token.STRING, repr(body[:_SHOWN_BYTES])[2:-1]))
    if len(body) > _SHOWN_BYTES:
        yield fact("to", (Token.STRING, repr(body[-_SHOWN_BYTES:])[2:-1]))


def _masked(value: bytes) -> str:
    """Return algorithm and beginning of a signature: enough to tell two apart."""
    algorithm, equals, digest = value.decode("latin-1").partition("=")
    return f"{algorithm[:8]}{equals}{digest[:_KEPT]}{'…' * (len(digest) > _KEPT)}"
