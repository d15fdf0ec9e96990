"""The tools that explain: a signature, a handshake, a payload, and the whole chain."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from hookscope import run_registry
from hookscope.diagnosis.capture_signature import explain_capture_signature
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.handshake import explain_arrival
from hookscope.diagnosis.lint import lint
from hookscope.diagnosis.signature import explain_signature as explain_bytes
from hookscope.errors import UsageError
from hookscope.mcp.access import Access
from hookscope.mcp.reading import CaptureId, details_of
from hookscope.mcp.results import DoctorLine, DoctorReport, Explanation
from hookscope.mcp.shaping import explained
from hookscope.meta import notification
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Capture, Headers, Kind
from hookscope.services.captures import CaptureDetails

if TYPE_CHECKING:
    from hookscope.run_registry import LiveRun
    from hookscope.settings import App

_LARGEST_PAYLOAD = 1 << 20
"""The maximum length of a payload given as text, in characters."""

_NOTIFICATION = "a notification is a JSON object with `object`, and with at least one event in its list `entry`"


def explain_signature(access: Access, capture_id: CaptureId) -> Explanation:
    """Explain a notification's signature: why it is wrong, missing, or unchecked, and what to do."""
    details = details_of(access, capture_id)
    _check_notification(details, "has no signature to explain")
    secrets = access.secrets.signing_by_name
    found = explain_capture_signature(details.capture, secrets=secrets, run=details.run, original=details.original)
    return _explanation([found or _plain(details.capture, secrets)])


def explain_handshake(access: Access, capture_id: CaptureId) -> Explanation:
    """Explain how a verification request of Meta was answered: accepted, refused, late, or at a wrong path."""
    capture = details_of(access, capture_id).capture
    found = explain_arrival(capture)
    if found is None:
        raise UsageError(
            f"#{capture.id} is a {capture.kind}, not a handshake",
            hint="find one: list_captures with filter `kind:handshake`",
        )
    return _explanation([found])


def lint_capture(access: Access, capture_id: CaptureId) -> Explanation:
    """List the undocumented parts of a captured notification: unknown, missing, and outdated keys."""
    details = details_of(access, capture_id)
    _check_notification(details, "cannot be linted")
    request = details.capture.request
    return _lint(request.body, request.headers)


def lint_payload(_: Access, payload: Annotated[str, "the body of a notification, as JSON text"]) -> Explanation:
    """List the undocumented parts of a notification's body, given as JSON text."""
    if len(payload) > _LARGEST_PAYLOAD:
        raise UsageError(
            f"the payload has more than {_LARGEST_PAYLOAD:,} characters",
            hint="capture it, and use lint_capture: Meta sends no such body",
        )
    return _lint(payload.encode("utf-8", "surrogatepass"))


def _lint(body: bytes, headers: Headers = ()) -> Explanation:
    """Raise UsageError for a body without events, where having found nothing would mean nothing."""
    found = lint(body, headers)
    if not found and not (parsed := notification.parse(body)).events:
        raise UsageError(f"there is nothing to lint: {parsed.problem}", hint=_NOTIFICATION)
    return _explanation(found)


async def run_doctor(access: Access) -> DoctorReport:
    """Check every link of the chain, from the app's subscriptions to the last answers. Changes nothing.

    Asks the live run of this journal if there is one, else examines the app that the server was started for.
    """
    live = run_registry.of_journal(access.journal)
    if live and (access.app is None or live[-1].app_id == access.app.app_id):
        return await _ask(live[-1])
    if access.app is None:
        raise UsageError(
            "the doctor has nothing to examine: no run is live, and no app was named",
            hint="start a run, or the server with --app-id and HOOKSCOPE_APP_SECRET in its environment",
        )
    return await _examine(access, access.app)


def _plain(capture: Capture, secrets: Mapping[str, str]) -> Finding:
    """Return the finding on a signature whose verdict needs no explanation, or that could not be checked on arrival."""
    if capture.signature.verdict is SignatureVerdict.VALID:
        return Finding(id="signature.valid", state=State.OK, what="the signature is valid")
    return explain_bytes(capture.request.headers, capture.request.body, secrets)


async def _ask(run: "LiveRun") -> DoctorReport:
    from hookscope.control.client import ControlClient

    await asyncio.to_thread(run_registry.check_answers, run)
    async with ControlClient(run.address) as client:
        lines = [_line(found) for found in await client.examine()]
    return DoctorReport(subject=f"the live run on app {run.app_id}", lines=lines)


async def _examine(access: Access, app: "App") -> DoctorReport:
    from hookscope.diagnosis.doctor.collector import DoctorRequest
    from hookscope.diagnosis.doctor.examination import examine

    request = DoctorRequest(
        app=app, secrets=access.secrets, journal=access.journal, waba_id=os.environ.get("HOOKSCOPE_WABA_ID")
    )
    lines = [_line(line.as_json()) for line in await examine(request, lambda _: None)]
    return DoctorReport(subject=f"app {app.app_id}", lines=lines)


def _line(found: dict[str, Any]) -> DoctorLine:
    texts = {name: found[name] for name in ("id", "what", "why", "next_step")}
    return DoctorLine(check=found["check"], finding=explained(Finding(state=State(found["state"]), **texts)))


def _check_notification(details: CaptureDetails, why: str) -> None:
    capture = details.capture
    if capture.kind is not Kind.NOTIFICATION:
        raise UsageError(
            f"#{capture.id} is a {capture.kind} and {why}",
            hint="find one: list_captures with filter `kind:notification`",
        )


def _explanation(findings: Sequence[Finding]) -> Explanation:
    return Explanation(findings=[explained(finding) for finding in findings])
