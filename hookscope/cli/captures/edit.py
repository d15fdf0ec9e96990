"""`hookscope captures mark|note|delete|prune`: the user's changes to the history."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hookscope.cli import output
from hookscope.cli.byte_size import parse_size
from hookscope.cli.common import journal_of, shared_options
from hookscope.cli.confirmation import is_confirmed
from hookscope.cli.param_types import CaptureId, CaptureIds, ParsedParam
from hookscope.errors import UsageError
from hookscope.model.record import MOST_CAPTURES
from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from hookscope.model.capture_id import CaptureNames

_SHOWN = 10
_yes = click.option("-y", "--yes", is_flag=True, help="Ask no questions.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show what would be deleted, delete nothing.")


@click.command("mark", short_help="Mark captures: `is:marked` finds them, `prune` keeps them.")
@click.argument("chosen", metavar="ID...", type=CaptureIds(), nargs=-1, required=True)
@click.option("--unmark", is_flag=True, help="Remove the marks.")
@shared_options
@click.pass_context
def mark(ctx: click.Context, /, chosen: "Sequence[CaptureNames]", unmark: bool) -> None:
    """Mark captures: the filter is:marked finds them, and `prune` keeps them.

    12.3 marks the third event of a batch: the screen then replays, exports and compares that event alone.
    """
    from hookscope.services import captures
    from hookscope.services.selection import Selection

    journal = journal_of(ctx)
    with captures.open_history(journal) as history:
        refs = Selection(chosen=chosen).existing_refs(history)
    count = captures.mark(journal, refs, marked=not unmark)
    output.print_progress(f"{_count(count)} {'unmarked' if unmark else 'marked'}")


@click.command("note", short_help="Attach a note to a capture.")
@click.argument("capture_id", metavar="ID", type=CaptureId())
@click.argument("text", metavar="[TEXT]", required=False)
@click.option("--clear", is_flag=True, help="Remove the note.")
@shared_options
@click.pass_context
def note(ctx: click.Context, /, capture_id: int, text: str | None, clear: bool) -> None:
    """Attach a note to a capture, replacing an earlier note; searches find it."""
    from hookscope.services import captures

    if clear == bool(text and text.strip()):
        raise UsageError("a note needs a text, or --clear", hint=f"hookscope captures note {capture_id or 'last'} TEXT")
    journal = journal_of(ctx)
    (found,) = _existing(journal, [capture_id])
    captures.note(journal, found, text)
    output.print_progress(f"#{found}: {'note removed' if clear else 'noted'}")


@click.command("delete", short_help="Delete captures by id.")
@click.argument("chosen", metavar="ID...", type=CaptureIds(), nargs=-1, required=True)
@_yes
@_dry_run
@shared_options
@click.pass_context
def delete(ctx: click.Context, /, chosen: Sequence[int | range], yes: bool, dry_run: bool) -> None:
    """Delete captures by id, `last`, or a range such as 10..20. Captures that a run still has to forward stay."""
    journal = journal_of(ctx)
    _delete(journal, _existing(journal, chosen), yes=yes, dry_run=dry_run)


@click.command("prune", short_help="Delete old captures and free their space.")
@click.option("--keep", type=click.IntRange(0, MOST_CAPTURES), metavar="N", help="Keep the newest N.")
@click.option("--older-than", metavar="SPAN", help="Only captures older than 12h, 7d, or 4w.")
@click.option(
    "--max-size",
    metavar="SIZE",
    type=ParsedParam("size", parse_size),
    help="Only the oldest, until the journal's file takes at most 500MB or 2GiB.",
)
@_yes
@_dry_run
@shared_options
@click.pass_context
def prune(ctx: click.Context, /, yes: bool, dry_run: bool, **limits: Any) -> None:
    """Delete old captures and free their space; marked ones, and those that a live run has to forward, stay.

    With several options, only captures that each of them names are deleted.
    """
    from hookscope.services.captures import prunable_ids

    journal = journal_of(ctx)
    if any(limit is not None for limit in limits.values()) and not journal.exists():
        output.print_progress(f"nothing was captured yet in {sanitize(str(journal))}")
        return
    again = partial(prunable_ids, journal, **limits) if limits["max_size"] is not None else None
    _delete(journal, prunable_ids(journal, **limits), yes=yes, dry_run=dry_run, again=again)


COMMANDS = (mark, note, delete, prune)


def _existing(journal: Path, chosen: Sequence[int | range]) -> list[int]:
    from hookscope.services.captures import open_history
    from hookscope.services.selection import Selection

    with open_history(journal) as history:
        return Selection(chosen=chosen).existing_ids(history)


def _delete(
    journal: Path,
    capture_ids: Sequence[int],
    *,
    yes: bool,
    dry_run: bool,
    again: Callable[[], Sequence[int]] | None = None,
) -> None:
    """Delete captures, and then those that `again` names, until it names none."""
    from hookscope.services import captures

    pending = captures.pending_ids(journal, capture_ids)
    doomed = sorted(set(capture_ids).difference(pending))
    _tell_pending(pending)
    if not doomed:
        output.print_progress("nothing to delete")
        return
    if dry_run:
        output.print_progress(f"would delete {_count(len(doomed))}: {_listed(doomed)}")
        return
    if not yes and not is_confirmed(f"Delete {_count(len(doomed))} ({_listed(doomed)})?"):
        output.print_note("nothing was deleted")
        return
    done = captures.delete_and_free(journal, doomed, again)
    output.print_progress(f"deleted {_count(done.deleted)}")
    _tell_pending(done.pending)
    output.print_progress(f"{done.freed / (1 << 20):.1f} MiB freed" if done.freed else "the freed space will be reused")


def _tell_pending(pending: Sequence[int]) -> None:
    if pending:
        stay = "stays" if len(pending) == 1 else "stay"
        output.print_note(f"{_count(len(pending))} still to be forwarded by a live run {stay}: {_listed(pending)}")


def _count(count: int) -> str:
    return f"{count:,} capture{'' if count == 1 else 's'}"


def _listed(capture_ids: Sequence[int]) -> str:
    if len(capture_ids) > _SHOWN:
        return f"#{capture_ids[0]} to #{capture_ids[-1]}"
    return ", ".join(f"#{capture_id}" for capture_id in capture_ids)
