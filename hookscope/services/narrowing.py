"""Filtering the single events of batches, since each row of the screen is an event."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from hookscope.filter import Filter, mentions
from hookscope.filter.ast import depends_on_event
from hookscope.filter.evaluator import matching_events
from hookscope.journal.list_reader import ListReader
from hookscope.model.capture_id import EventRef
from hookscope.model.outline import Narrowed

_AT_ONCE = 32


def narrowed(
    history: ListReader,
    filter_: Filter,
    capture_ids: Sequence[int],
    now: datetime,
    *,
    goes_on: Callable[[], bool] = lambda: True,
) -> Narrowed:
    """Return the batches of which only some events match, with these; `capture_ids` are the matches, ascending.

    It takes about 0.1 ms an event, and ends early when `goes_on` returns False. Raises JournalError.
    """
    if not capture_ids or not depends_on_event(filter_):
        return {}
    among, ends, found = set(capture_ids), (capture_ids[0], capture_ids[-1]), dict[int, tuple[int, ...]]()
    batches = [one for one, _ in history.batches(*ends).between(*ends) if one in among]
    for start in range(0, len(batches), _AT_ONCE):
        if not goes_on():
            break
        found.update(_narrowed(history, filter_, batches[start : start + _AT_ONCE], now))
    return found


def rows(capture_ids: Sequence[int], events: Narrowed) -> list[EventRef]:
    """Return the captures, and in place of a narrowed batch its events."""
    return [EventRef(one, position) for one in capture_ids for position in events.get(one, (0,))]


def _narrowed(
    history: ListReader, filter_: Filter, capture_ids: Sequence[int], now: datetime
) -> Iterator[tuple[int, tuple[int, ...]]]:
    answers = history.delivery_statuses(capture_ids) if mentions(filter_, "app") else {}
    for capture in history.captures_by_id(capture_ids).values():
        if found := matching_events(filter_, capture, now, answers.get(capture.id, ())):
            yield capture.id, found
