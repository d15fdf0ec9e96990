"""The finding on a captured notification's signature, for readers of the capture."""

from collections.abc import Mapping

from msgspec.structs import replace

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.signature import explain_signature
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import SANDBOX, Capture, Kind, Run
from hookscope.sandbox.address import made_up_secret
from hookscope.secret_sources import EXTRA_SECRETS

_MADE_UP = "the sandbox's secret"


def needs_explaining(capture: Capture) -> bool:
    """Return whether there is more to say about a capture's signature than its verdict."""
    verdict, algorithm = capture.signature.verdict, capture.signature.algorithm
    is_odd = verdict in (SignatureVerdict.INVALID, SignatureVerdict.MISSING) or (
        verdict is SignatureVerdict.VALID and algorithm == "sha1"
    )
    return capture.kind is Kind.NOTIFICATION and is_odd


def explain_capture_signature(
    capture: Capture, *, secrets: Mapping[str, str], run: Run | None, original: Capture | None
) -> Finding | None:
    """Return the finding on a capture's signature, or None where the verdict needs no explanation.

    `secrets` has this process's app secrets by name, `run` is the run that received the capture, and `original` the
    capture that it replays.
    """
    if not needs_explaining(capture):
        return None
    made_up = {_MADE_UP: made_up_secret(SANDBOX).reveal()} if run and run.app_id == SANDBOX else {}
    body = None if original is None else original.request.body
    finding = explain_signature(capture.request.headers, capture.request.body, {**secrets, **made_up}, body)
    if finding.failed or finding.state is State.UNKNOWN or capture.signature.verdict is SignatureVerdict.VALID:
        return finding
    return replace(
        finding,
        id="signature.unknown-to-run",
        state=State.FAILED,
        what="the signature is valid with a secret that is known here",
        why="the run that refused it did not know that secret",
        next_step=f"give the run this secret, as its app secret or in {EXTRA_SECRETS}",
    )
