"""`hookscope captures import`: captures from files of this and other programs."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from hookscope.cli import output
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.progress import show_now_and_then
from hookscope.cli.secrets import read_secrets, secret_option
from hookscope.errors import UsageError
from hookscope.formats.importers.registry import IMPORTERS
from hookscope.helper_process import collect_seldom
from hookscope.input_files import open_input
from hookscope.model.record import Kind
from hookscope.services.importing import ImportReport, import_captures
from hookscope.views.sanitize import sanitize


class _Import(click.Command):
    """Tells in its help which files can be read, as the registry has them."""

    def get_short_help_str(self, limit: int = 45) -> str:
        return f"Add captures from files: {', '.join(IMPORTERS)}."

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Files, recognized by their content"):
            formatter.write_dl([(spec.name, spec.description) for spec in IMPORTERS.values()])
        super().format_options(ctx, formatter)


@click.command("import", cls=_Import)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@secret_option("File with the app secret to check signatures with; else HOOKSCOPE_APP_SECRET.")
@shared_options
@click.pass_context
def command(ctx: click.Context, /, file: Path, app_secret_file: str | None) -> None:
    """Add the captures in a file to the journal; `-` is stdin.

    Requests that the journal already holds, with the same content and time, are not added again. NDJSON and HAR files
    of hookscope keep their verdicts; others are judged, with the app secret if it is known. A body that the file does
    not hold as it was sent is marked as flawed; an entry that cannot be read is skipped and reported.
    """
    collect_seldom()
    secrets = [secret.reveal() for secret in read_secrets(app_secret_file).signing]
    journal = journal_of(ctx)
    with _opened(file) as stream:
        report = import_captures(
            journal,
            stream.read,
            secrets=secrets,
            skip=lambda message: output.print_note(sanitize(message)),
            watch=show_now_and_then(_progress_of(stream)),
        )
    kinds = report.kinds
    found = ", ".join(f"{kinds[kind]} {kind}{'s' * (kinds[kind] > 1)}" for kind in Kind if kinds[kind])
    known = f"; {report.known} already existed" if report.known else ""
    output.print_progress(f"{report.added} imported of {found}{known}" if found else "the file holds no captures")


def _progress_of(stream: TextIO) -> Callable[[ImportReport], str]:
    """Return a description of the progress; for a pipe, its share is not known."""
    size = os.fstat(stream.fileno()).st_size
    is_file = bool(size) and stream.seekable()

    def describe(report: ImportReport) -> str:
        if done := report.added + report.known:
            return f"{done:,} of {report.read:,} captures imported"
        return f"{report.read:,} captures read" + (
            f", {stream.buffer.tell() / size:.0%} of the file" if is_file else ""
        )

    return describe


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    try:
        is_stdin = str(file) == "-"
        source, opener = (0, None) if is_stdin else (file, open_input)
        with open(source, encoding="utf-8-sig", newline="", closefd=not is_stdin, opener=opener) as stream:
            yield stream
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror or error}",
            done="nothing was imported",
            hint="name a file, or `-` for stdin",
        ) from error
