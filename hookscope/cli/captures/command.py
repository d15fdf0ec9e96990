"""`hookscope captures`: the local history."""

import importlib
from pathlib import Path
from typing import Any

import click

from hookscope import filter as filters
from hookscope.cli import output
from hookscope.cli.captures.edit import COMMANDS
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.finding_output import cut, terminal_width
from hookscope.cli.indexing import index_before
from hookscope.cli.param_types import filter_option, since_option
from hookscope.formats import event_stream
from hookscope.formats.capture_text import list_line
from hookscope.model.record import MOST_CAPTURES
from hookscope.model.timestamps import now
from hookscope.services.captures import newest_captures
from hookscope.views.sanitize import sanitize

_SHOWN = 50


_LATER = {
    "export": "hookscope.cli.captures.export",
    "import": "hookscope.cli.captures.import_",
    "show": "hookscope.cli.captures.show",
}
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
@filter_option
@click.option("--limit", type=click.IntRange(1, MOST_CAPTURES), metavar="N", help="The newest N [50; all with --json].")
@since_option
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
    index_before(journal, wanted)
    most = limit if limit is not None or as_json else _SHOWN
    captures = newest_captures(journal, filter_, since=earliest, most=most)
    width = terminal_width()
    for capture in captures:
        output.write_data(
            event_stream.line(event_stream.listed_capture(capture)) if as_json else cut(list_line(capture), width)
        )
    if not captures:
        nothing = f"no capture in {sanitize(str(journal))} matches" if wanted or since else _nothing_yet(journal)
        output.print_progress(nothing)


def _nothing_yet(journal: Path) -> str:
    return f"nothing was captured yet in {sanitize(str(journal))}; start with: hookscope run --sandbox"
