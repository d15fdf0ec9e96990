"""Read and change the captures of a journal: details, marks, notes, deletion.

Each function opens the journal itself and blocks until it is done. All may raise JournalError.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from hookscope import filter as filters
from hookscope.errors import UsageError
from hookscope.filter import And, Filter, Not, Term
from hookscope.journal.list_reader import ListReader
from hookscope.journal.reader import JournalReader
from hookscope.journal.size_reader import SizeReader
from hookscope.meta.summaries.summary import EventLine
from hookscope.model.capture_id import CaptureName, EventRef
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Delivery, Kind, Run, Source
from hookscope.model.timestamps import now

if TYPE_CHECKING:
    from hookscope.journal.editor import Deletion, JournalEditor

MOST_MARKED = 1000
"""The number of marked captures that are looked for."""


History: TypeAlias = ListReader
"""A journal that is open for reading; front ends name it by this."""


def open_history(journal: Path) -> History:
    """Open a journal for reading, as a context manager. Raises JournalError when there is none."""
    return ListReader(journal)


# Reading


class CaptureDetails(Struct, frozen=True, kw_only=True):
    """A capture with its deliveries, oldest first, the run that received it, and the capture that it replays.

    `fetched` holds the objects that `hookscope fetch` has read for it.
    """

    capture: Capture
    deliveries: list[Delivery]
    run: Run | None
    original: Capture | None = None
    fetched: list[FetchedNode] = field(default_factory=list)

    def explain_not_sent(self) -> str | None:
        """Say why the capture has no deliveries; None when it has some."""
        if self.deliveries:
            return None
        from hookscope.outbound.routing import explain_not_sent

        return explain_not_sent(self.capture, self.run)


def read_details(journal: Path, capture_id: int) -> CaptureDetails | None:
    """Return everything that is known about a capture, or None when it does not exist."""
    with JournalReader(journal) as history:
        capture = history.capture(capture_id)
        if capture is None:
            return None
        run = history.run(capture.run_id) if capture.run_id else None
        original = history.capture(capture.replay_of) if capture.replay_of else None
        return CaptureDetails(
            capture=capture,
            deliveries=history.deliveries(capture_id),
            run=run,
            original=original,
            fetched=history.fetched(capture_id),
        )


def handshakes_before(journal: Path, details: CaptureDetails, most: int = 5) -> list[Capture]:
    """Return the last handshakes of a capture's run up to the capture, oldest first."""
    if (run := details.run) is None:
        return []
    with JournalReader(journal) as history:
        query = filters.compile_query(Term("kind", Kind.HANDSHAKE), now())
        found = history.captures(query, since=run.started_at, run_id=run.id, newest_first=True)
        return [*islice((one for one in found if one.id <= details.capture.id), most)][::-1]


def find_id(journal: Path, name: CaptureName) -> int:
    """Return the id of the capture of that name. Raises UsageError when it does not exist."""
    from hookscope.services.selection import find

    with JournalReader(journal) as history:
        return find(history, name).id


def previous_of_kind(journal: Path, capture: Capture) -> Capture | None:
    """Return the last capture before this one of the same kind and, for a notification, object and field.

    For a single event, and a batch that has one like it, return that event alone.
    """
    wanted: list[Filter] = [Term("kind", capture.kind), Not(Term("is", "duplicate")), Not(Term("is", "replay"))]
    if event := capture.lead:
        wanted += [Term("object", event.object), Term("field", event.field)]
    with JournalReader(journal) as history:
        query = filters.compile_query(And(tuple(wanted)), now())
        found = next(iter(history.capture_ids(query, before=capture.id)), None)
        before = None if found is None else history.capture(found)
        return _like(before, event) if before and event and len(capture.events) == 1 else before


def _like(capture: Capture, event: EventLine) -> Capture:
    """Return a capture with only the last of its events that reports the same field of the same object."""
    from hookscope.services.events import alone

    alike = [n for n, one in enumerate(capture.events, 1) if (one.object, one.field) == (event.object, event.field)]
    return alone(capture, alike[-1]) if alike else capture


def replays_of_run(journal: Path, run_id: int, capture_ids: Sequence[int]) -> list[tuple[Capture, Delivery]]:
    """Return those of these captures that are replays of the run's captures, each with its delivery, in that order."""
    with JournalReader(journal) as history:
        found = history.captures_by_id(capture_ids)
        known = [found[capture_id] for capture_id in capture_ids if capture_id in found]
        own = [one for one in known if one.source is Source.REPLAY and one.run_id == run_id]
        return [(one, sent[0]) for one in own if (sent := history.deliveries(one.id))]


def captures_by_id(journal: Path, capture_ids: Sequence[int]) -> list[Capture]:
    """Return the existing captures among these ids, in that order."""
    with JournalReader(journal) as history:
        found = history.captures_by_id(capture_ids)
    return [found[capture_id] for capture_id in capture_ids if capture_id in found]


def named_captures(journal: Path, refs: Sequence[EventRef]) -> list[Capture]:
    """Return the existing captures among these, in that order; for a name with a position, only that event.

    Raises UsageError for an event that does not exist.
    """
    from hookscope.services.events import load

    with JournalReader(journal) as history:
        return load(history, refs)


def newest_captures(journal: Path, filter_: Filter, *, since: datetime | None, most: int | None) -> list[Capture]:
    """Return the newest captures that match and came since then, oldest first: at most `most`, all when None."""
    with JournalReader(journal) as history:
        found = history.captures(filters.compile_query(filter_, now()), since=since, newest_first=True)
        return list(islice(found, most))[::-1]


def marked_refs(journal: Path, run: int | None = None) -> list[EventRef]:
    """Return the marks of a run or of all runs, ascending: whole captures, and single events of batches.

    Of more than MOST_MARKED captures, those are the newest.
    """
    wanted: Filter = Term("is", "marked")
    if run is not None:
        wanted = And((wanted, Term("run", str(run))))
    with JournalReader(journal) as history:
        query = filters.compile_query(wanted, now())
        found = history.captures_by_id(sorted(islice(history.capture_ids(query), MOST_MARKED)))
    return [ref for one in found.values() for ref in one.marks]


def sendable(journal: Path, wanted: str) -> list[EventRef]:
    """Return the captures that `hookscope replay --filter` sends, oldest first, and of a batch only events that match.

    Raises UsageError if there are none.
    """
    from hookscope.services.narrowing import narrowed, rows
    from hookscope.services.selection import Selection

    selection = Selection(wanted=wanted)
    with open_history(journal) as history:
        capture_ids = selection.sendable_ids(history)
        return rows(capture_ids, narrowed(history, selection.filter(), capture_ids, now()))


# Changing


def mark(journal: Path, refs: Sequence[EventRef], *, marked: bool) -> int:
    """Mark captures and single events, or remove their marks. Return how many captures there were.

    `is:marked` finds a capture with a marked event, and whatever acts on captures, such as `prune`, takes it as marked.
    The screen acts on the marked event alone, as if Meta had sent it so.
    """
    with _editor(journal) as editor:
        return editor.mark(refs, marked=marked)


def note(journal: Path, capture_id: int, text: str | None) -> None:
    """Replace the note on a capture; None or a blank text removes it."""
    with _editor(journal) as editor:
        editor.note(capture_id, text)


def pending_ids(journal: Path, capture_ids: Sequence[int]) -> tuple[int, ...]:
    """Return those of the captures that a live run has yet to forward: they cannot be deleted."""
    with _editor(journal) as editor:
        return editor.pending(capture_ids)


def delete(journal: Path, capture_ids: Sequence[int]) -> "Deletion":
    """Delete captures and their deliveries, except those that a live run has yet to forward."""
    with _editor(journal) as editor:
        return editor.delete(capture_ids)


def delete_and_free(
    journal: Path, capture_ids: Sequence[int], again: Callable[[], Sequence[int]] | None = None
) -> "Deletion":
    """Delete captures as `delete` does, and return their space to the disk.

    Then do the same with those that `again` names, until none is deleted: what must go for the journal to reach a size
    is only known as it shrinks. `pending` are those of the last time.
    """
    with _editor(journal) as editor:
        deletion, freed = editor.delete(capture_ids), editor.give_back()
        deleted = deletion.deleted
        while again and deletion.deleted:
            deletion = editor.delete(again())
            deleted, freed = deleted + deletion.deleted, freed + editor.give_back()
    return replace(deletion, deleted=deleted, freed=freed)


def prunable_ids(journal: Path, *, keep: int | None, older_than: str | None, max_size: int | None = None) -> list[int]:
    """Return the ids of the captures to prune.

    Marked ones, the newest `keep`, and those younger than `older_than` are never among them. With `max_size`, they are
    only the oldest, as many as must go for the journal's file to take about that much: prune until there are none.

    `older_than` is a duration such as `7d`. Raises UsageError when none is given, or the duration is invalid.
    """
    if keep is None and older_than is None and max_size is None:
        raise UsageError(
            "prune needs to know what to keep", hint="for example: hookscope captures prune --older-than 7d"
        )
    meant: list[Filter] = [Not(Term("is", "marked"))]
    if older_than is not None:
        filters.parse_duration(older_than)
        meant.append(Not(Term("since", older_than)))
    query = filters.compile_query(And(tuple(meant)), now())
    with SizeReader(journal) as history:
        kept = history.ids(newest=keep) if keep else None
        found = list(history.capture_ids(query, before=kept[0] if kept else None, newest_first=False))
        return found if max_size is None else history.oldest_over(found, max_size)


def _editor(journal: Path) -> "JournalEditor":
    from hookscope.journal.editor import JournalEditor
    from hookscope.outbound.routing import wants

    return JournalEditor(journal, wants=wants)
