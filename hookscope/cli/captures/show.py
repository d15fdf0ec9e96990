"""`hookscope captures show`: everything about one capture, and findings on it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from hookscope.cli import output
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.finding_output import finding_lines
from hookscope.cli.param_types import CaptureRef
from hookscope.cli.secrets import read_secrets, secret_option
from hookscope.errors import UsageError
from hookscope.formats import event_stream
from hookscope.formats.capture_text import detail_lines, fetched_lines
from hookscope.model.capture_id import CaptureName, EventRef
from hookscope.model.record import Capture, Kind
from hookscope.services.captures import CaptureDetails, open_history, read_details
from hookscope.services.events import seen_alone
from hookscope.services.selection import find

if TYPE_CHECKING:
    from hookscope.diagnosis.finding import Finding


@click.command("show", short_help="Show everything about one capture.")
@click.argument("capture_id", metavar="ID", type=CaptureRef())
@click.option("--raw", is_flag=True, help="The body's exact bytes and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--lint", "is_linted", is_flag=True, help="Name everything that Meta does not document.")
@secret_option("File with the app secret, to explain a wrong signature; else HOOKSCOPE_APP_SECRET.")
@shared_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    capture_id: CaptureName | EventRef,
    raw: bool,
    as_json: bool,
    is_linted: bool,
    app_secret_file: str | None,
) -> None:
    """Show everything about one capture: ID is its id, or `last`; 12.3 is the third event of a batch, alone."""
    if raw and (as_json or is_linted):
        other = "--json" if as_json else "--lint"
        raise UsageError(f"--raw and {other} exclude each other", hint="the JSON object holds the body, too")
    name, position = capture_id if isinstance(capture_id, EventRef) else (capture_id, None)
    whole = _read(ctx, name)
    details = whole if position is None else replace(whole, capture=seen_alone(whole.capture, position))
    if raw:
        output.write_bytes([details.capture.request.body])
        return
    finding = _explain_signature(whole, app_secret_file)
    linted = _lint(details.capture) if is_linted else None
    if as_json:
        output.write_data(event_stream.line(_object(details, finding, linted)))
        return
    for line in _lines(details, finding, linted or ()):
        output.write_data(line)
    if linted == []:
        output.print_progress(_why_nothing(details.capture))


def _read(ctx: click.Context, name: CaptureName) -> CaptureDetails:
    journal = journal_of(ctx)
    with open_history(journal) as history:
        capture = find(history, name)
    return read_details(journal, capture.id) or CaptureDetails(capture=capture, deliveries=[], run=None)


def _explain_signature(details: CaptureDetails, app_secret_file: str | None) -> "Finding | None":
    """Return the finding on a signature that is not simply valid, from the secrets that this process was given."""
    from hookscope.diagnosis.capture_signature import explain_capture_signature, needs_explaining

    if not needs_explaining(details.capture):
        return None
    secrets = read_secrets(app_secret_file).signing_by_name
    return explain_capture_signature(details.capture, secrets=secrets, run=details.run, original=details.original)


def _lint(capture: Capture) -> "list[Finding]":
    from hookscope.diagnosis.lint import lint

    return lint(capture.request.body, capture.request.headers) if capture.kind is Kind.NOTIFICATION else []


def _why_nothing(capture: Capture) -> str:
    """Return why linting has found nothing."""
    from hookscope.meta import notification

    if capture.kind is not Kind.NOTIFICATION:
        return f"nothing to lint: it is a {capture.kind}"
    parsed = notification.parse(capture.request.body)
    return "all of it is documented" if parsed.events else f"nothing to lint: {parsed.problem}"


def _object(details: CaptureDetails, finding: "Finding | None", linted: "list[Finding] | None") -> dict[str, Any]:
    shown = event_stream.listed_capture(details.capture)
    shown["signature"]["finding"] = finding.as_json() if finding else None
    if linted is not None:
        shown["lint"] = [one.as_json() for one in linted]
    return {
        **shown,
        "deliveries": [event_stream.delivery_json(one) for one in details.deliveries],
        "fetched": [event_stream.fetched_json(one) for one in details.fetched],
    }


def _lines(details: CaptureDetails, finding: "Finding | None", linted: "Sequence[Finding]") -> Iterator[str]:
    not_sent = details.explain_not_sent() if details.capture.kind is Kind.NOTIFICATION else None
    notes = finding_lines(finding) if finding else ()
    yield from detail_lines(details.capture, details.deliveries, not_sent, notes)
    for one in linted:
        what, *more = finding_lines(one)
        yield f"lint       {what}"
        yield from (f"           {line}" for line in more)
    for node in details.fetched:
        yield from ("", *fetched_lines(node))
