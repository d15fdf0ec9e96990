"""`hookscope captures export`: captures in formats that other programs read."""

from collections.abc import Sequence
from pathlib import Path

import click
from msgspec.structs import replace

from hookscope.cli import output
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.indexing import index_before
from hookscope.cli.param_types import CaptureIds, RegistryChoice, filter_option, since_option
from hookscope.cli.progress import show_count
from hookscope.cli.secrets import read_secrets, secret_option
from hookscope.formats.exporters.registry import EXPORTERS, ExportReport
from hookscope.helper_process import collect_seldom
from hookscope.services.captures import open_history
from hookscope.services.export import export_refs, form_for, remarks
from hookscope.services.export_request import ExportRequest
from hookscope.services.run_redaction import redaction_by_runs
from hookscope.services.selection import Selection
from hookscope.views.sanitize import sanitize


@click.command("export", short_help="Write captures as commands, files, or tests.")
@click.argument("chosen", metavar="[ID]...", type=CaptureIds(), nargs=-1)
@filter_option
@since_option
@click.option("--format", "form", type=RegistryChoice(EXPORTERS), help="The format [from the name of -o].")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write to FILE [stdout]; a folder for several raw bodies.",
)
@click.option("--to", metavar="URL", help="The target of commands and tests [the run's forward target].")
@click.option("--resign", is_flag=True, help="Have commands sign again, with $HOOKSCOPE_APP_SECRET, when they are run.")
@click.option("--redact/--no-redact", default=True, help="Remove tokens and passwords [on].")
@secret_option("File with the app secret, to be removed as well; else HOOKSCOPE_APP_SECRET.")
@shared_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    chosen: Sequence[int | range],
    wanted: str | None,
    since: str | None,
    form: str | None,
    file: Path | None,
    to: str | None,
    resign: bool,
    redact: bool,
    app_secret_file: str | None,
) -> None:
    """Write captures as commands, files, or tests: those named, else all. ID is an id, 12.3, 10..20, or `last`.

    Access tokens, verify tokens, cookies, and other credentials are removed unless --no-redact is given.
    """
    collect_seldom()
    target = None if file is None or str(file) == "-" else file
    secrets = read_secrets(app_secret_file).redactable if redact else ()
    request = ExportRequest(form=form or form_for(target), to=to, redact=redact, secrets=secrets, resign=resign)
    selection = Selection(chosen=chosen, wanted=wanted or "", since=since)
    journal = journal_of(ctx)
    selection.filter()  # An error in it is reported before the journal is opened.
    if not chosen:
        index_before(journal, wanted)
    with open_history(journal) as history, redaction_by_runs(journal if redact else None) as scrub:
        refs = show_count(selection.refs(history), "{:,} captures".format)
        report = export_refs(history, refs, replace(request, scrub=scrub), target or output.write_bytes)
    _conclude(report, request, target)


def _conclude(report: ExportReport, request: ExportRequest, file: Path | None) -> None:
    """Print the remarks that the user must see."""
    if not report.captures:
        output.print_progress("nothing exported: no capture matches")
    elif file:
        count = f"{report.exported:,} capture{'' if report.exported == 1 else 's'}"
        output.print_progress(f"{count} exported to {sanitize(str(file))}")
    for remark in remarks(report, request):
        warning = "warning: " if remark.is_warning else ""
        output.print_note(f"{warning}{remark.text}{f'; {remark.option}' if remark.option else ''}")
