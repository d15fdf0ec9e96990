"""`hookscope captures export`: captures in the forms that other programs read."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from pathlib import Path

import click

from hookscope import urls
from hookscope.cli import output
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.param_types import CaptureIds
from hookscope.cli.progress import counted
from hookscope.cli.secrets import read_secrets, secret_option
from hookscope.errors import UsageError
from hookscope.formats.exporters import raw
from hookscope.formats.exporters.options import PLACEHOLDER, Options
from hookscope.formats.exporters.registry import FORMS, ExportReport, Format, export_chunks
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture
from hookscope.private_files import write_private
from hookscope.services.selection import Selection

_NAMED = 3


@click.command("export", short_help="Write captures as commands, files and tests.")
@click.argument("chosen", metavar="[ID]...", type=CaptureIds(), nargs=-1)
@click.option("--filter", "wanted", metavar="FILTER", help="Only what matches, such as 'field:feed sig:invalid'.")
@click.option("--since", metavar="SPAN", help="Only what came within 90s, 10m, 1h or 7d.")
@click.option(
    "--format", "form", type=click.Choice([form.value for form in Format]), help="What to write [by the name of -o]."
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Where to [stdout]; a folder for several raw bodies.",
)
@click.option("--to", metavar="URL", help="Where commands and tests send [where the run forwarded to].")
@click.option("--resign", is_flag=True, help="Let commands sign anew, with $HOOKSCOPE_APP_SECRET when they are run.")
@click.option("--redact/--no-redact", default=True, help="Take tokens and passwords out [on].")
@secret_option("File with the app secret, to be taken out as well; else HOOKSCOPE_APP_SECRET.")
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
    """Write captures as commands, files and tests: those that are named, else all. ID is a number, 10..20 or `last`.

    Without --no-redact access tokens, verify tokens, cookies and what else logs somebody in are taken out.
    """
    target = None if file is None or str(file) == "-" else file
    format_ = Format(form) if form else _format_of(target)
    selection = Selection(chosen=chosen, wanted=wanted or "", since=since)
    selection.filter()  # What is wrong with it is told before the journal is opened.
    with JournalReader(journal_of(ctx)) as history:
        options = Options(
            to=None if to is None else urls.check_target(to),
            target_of_run=cache(lambda number: _target_of(history, number)),
            redact=redact,
            secrets=read_secrets(app_secret_file).redactable if redact else (),
            resign=resign,
        )
        found = counted(selection.captures(history), "{:,} captures".format)
        first = list(islice(found, 1))
        captures, tally = chain(first, found), ExportReport()
        if first or not target:  # A file that was there before is worth more than an empty one.
            if format_ is Format.RAW:
                _write_bodies(captures, target, options, tally)
            else:
                _write(target, export_chunks(captures, format_, options, tally))
    _conclude(tally, options, target, signs=FORMS[format_].signs)


def _format_of(file: Path | None) -> Format:
    suffix = file.suffix.lower() if file else ""
    found = next((form for form, about in FORMS.items() if suffix in about.suffixes), None)
    if found is None:
        raise UsageError("what to export as is not said", hint=f"give --format: {', '.join(Format)}")
    return found


def _target_of(history: JournalReader, run: int) -> str | None:
    """Where a run forwarded to."""
    found = history.run(run)
    return found.targets[0] if found and found.targets else None


def _write(file: Path | None, pieces: Iterable[bytes]) -> None:
    if file is None:
        output.write_bytes(pieces)
    else:
        write_private(file, pieces)


def _write_bodies(captures: Iterator[Capture], file: Path | None, options: Options, tally: ExportReport) -> None:
    """One body to where one is wanted; several to files of a folder."""
    first = list(islice(captures, 2))
    if len(first) < 2 and not (file and file.is_dir()):
        _write(file, export_chunks(first, Format.RAW, options, tally))
        return
    if file is None:
        raise UsageError("several bodies in a row could not be told apart", hint="name a folder for them with -o")
    try:
        file.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{file} cannot be a folder for the bodies: {error.strerror}") from error
    for capture in chain(first, captures):
        write_private(file / raw.file_name(capture), export_chunks([capture], Format.RAW, options, tally))


def _conclude(tally: ExportReport, options: Options, file: Path | None, *, signs: bool) -> None:
    """What the person who uses it must know."""
    if not tally.captures:
        output.print_progress("nothing exported: no capture matches")
    elif file:
        written = tally.captures - len(tally.left_out)
        output.print_progress(f"{written:,} capture{'' if written == 1 else 's'} exported to {file}")
    if tally.redacted:
        output.print_note(f"secrets were taken out of {tally.redacted:,} of them; --no-redact leaves them in")
    if tally.broken and not options.resign:
        changed = f"the bodies of {tally.broken:,} were changed by that, and their signatures do not fit any more"
        output.print_note(f"warning: {changed}{'; --resign makes commands sign anew' if signs else ''}")
    if tally.aimless:
        output.print_note(
            f"the run of {tally.aimless:,} of them forwarded nowhere: they go to {PLACEHOLDER}, or name --to URL"
        )
    for number, reason in tally.left_out[:_NAMED]:
        output.print_note(f"warning: #{number} is left out: {reason}")
    if more := tally.left_out[_NAMED:]:
        output.print_note(f"warning: and {len(more):,} more are left out")
