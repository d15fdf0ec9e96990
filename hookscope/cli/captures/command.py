"""`hookscope captures`: the local history."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hookscope import filter as filters
from hookscope.cli import output
from hookscope.cli.captures.edit import COMMANDS
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.finding_output import finding_lines
from hookscope.cli.param_types import CaptureId
from hookscope.cli.secrets import read_secrets, secret_option
from hookscope.errors import UsageError
from hookscope.formats import event_stream
from hookscope.formats.capture_text import detail_lines, list_line
from hookscope.model.record import MOST_CAPTURES, Capture, Kind
from hookscope.model.timestamps import now
from hookscope.services.captures import CaptureDetails, newest_captures, open_history, read_details
from hookscope.services.selection import find

if TYPE_CHECKING:
    from hookscope.diagnosis.finding import Finding

_SHOWN = 50


_LATER = {"export": "hookscope.cli.captures.export", "import": "hookscope.cli.captures.import_"}
"""Commands whose modules load what the others do not need: name → module that holds a `command`."""


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted((*super().list_commands(ctx), *_LATER))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _LATER:
            return super().get_command(ctx, cmd_name)
        found: click.Command = importlib.import_module(_LATER[cmd_name]).command
        return found


@click.group("captures", cls=_Group)
@shared_options
def command(**_: Any) -> None:
    """List, show, export, import, mark, and delete captures."""


for _tending in COMMANDS:
    command.add_command(_tending)


@command.command("list")
@click.option(
    "--filter", "wanted", metavar="FILTER", help="Only captures that match, such as 'field:feed sig:invalid'."
)
@click.option("--limit", type=click.IntRange(1, MOST_CAPTURES), metavar="N", help="The newest N [50; all with --json].")
@click.option("--since", metavar="SPAN", help="Only captures of the last 90s, 10m, 1h, or 7d.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@shared_options
@click.pass_context
def list_command(
    ctx: click.Context, /, wanted: str | None, limit: int | None, since: str | None, as_json: bool
) -> None:
    """List captures, the newest last."""
    filter_ = filters.parse(wanted or "")
    earliest = now() - filters.parse_duration(since) if since is not None else None
    journal = journal_of(ctx)
    if not journal.exists():
        output.print_progress(_nothing_yet(journal))
        return
    most = limit if limit is not None or as_json else _SHOWN
    captures = newest_captures(journal, filter_, since=earliest, most=most)
    for capture in captures:
        output.write_data(event_stream.line(_json(capture)) if as_json else list_line(capture))
    if not captures:
        output.print_progress(f"no capture in {journal} matches" if wanted or since else _nothing_yet(journal))


@command.command("show", short_help="Show everything about one capture.")
@click.argument("capture_id", metavar="ID", type=CaptureId())
@click.option("--raw", is_flag=True, help="The body's exact bytes and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@secret_option("File with the app secret, to explain a wrong signature; else HOOKSCOPE_APP_SECRET.")
@shared_options
@click.pass_context
def show_command(ctx: click.Context, /, capture_id: int, raw: bool, as_json: bool, app_secret_file: str | None) -> None:
    """Show everything about one capture: ID is its id, or `last`."""
    if raw and as_json:
        raise UsageError("--raw and --json exclude each other", hint="the JSON object holds the body, too")
    journal = journal_of(ctx)
    with open_history(journal) as history:
        capture = find(history, capture_id)
    details = read_details(journal, capture.id) or CaptureDetails(capture=capture, deliveries=[], run=None)
    if raw:
        output.write_bytes([capture.request.body])
        return
    finding = _explain_signature(details, app_secret_file)
    if as_json:
        output.write_data(event_stream.line(_details_json(details, finding)))
        return
    not_sent = details.explain_not_sent() if capture.kind is Kind.NOTIFICATION else None
    notes = finding_lines(finding) if finding else ()
    for line in detail_lines(capture, details.deliveries, not_sent, notes):
        output.write_data(line)


def _explain_signature(details: CaptureDetails, app_secret_file: str | None) -> "Finding | None":
    """Return the finding on a signature that is not simply right, by the secrets that this process is given."""
    from hookscope.diagnosis.capture_signature import explain_capture_signature, needs_explaining

    if not needs_explaining(details.capture):
        return None
    return explain_capture_signature(
        details.capture,
        secrets=read_secrets(app_secret_file).signing_by_name,
        original=details.original,
    )


def _details_json(details: CaptureDetails, finding: "Finding | None") -> dict[str, Any]:
    shown = _json(details.capture)
    shown["signature"]["finding"] = finding.as_json() if finding else None
    return {**shown, "deliveries": [event_stream.delivery_json(one) for one in details.deliveries]}


def _nothing_yet(journal: Path) -> str:
    return f"nothing was captured yet in {journal}; start with: hookscope run --sandbox"


def _json(capture: Capture) -> dict[str, Any]:
    at = event_stream.timestamp(capture.received_at)
    return {"v": event_stream.VERSION, "type": "capture", "at": at, **event_stream.capture_json(capture)}
