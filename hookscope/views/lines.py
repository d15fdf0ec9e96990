"""The captures of the few rows in view, read from the journal when they are painted, and cached."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from hookscope.model.capture_summary import CaptureSummary, StatusStep
from hookscope.model.delivery_status import DeliveryStatus
from hookscope.model.record import Source, is_genuine

REMEMBERED = 2048
_MOST_EVENTS = 20_000
_JITTER = timedelta(seconds=1)
"""The precision of event times: most objects have them to the second."""


class LineSource(Protocol):
    """Reads captures, as JournalReader does. May raise JournalError."""

    def lines(self, capture_ids: Sequence[int]) -> list[CaptureSummary]:
        """Return the captures with these ids, ascending."""

    def outcomes(self, capture_ids: Sequence[int]) -> Mapping[int, DeliveryStatus]:
        """Return the delivery status of these captures."""

    def steps(self, capture_ids: Sequence[int]) -> Mapping[int, tuple[StatusStep, ...]]:
        """Return the statuses that follow these captures."""


class _Known(Struct):
    """A line, the version of the journal in which it was read, and the delay of its event behind a later one."""

    line: CaptureSummary
    version: int
    late: timedelta | None = None


class Lines:
    """Lines by capture id; `version` counts the changes of the journal."""

    def __init__(self) -> None:
        self.version = 0
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._gone: dict[int, int] = {}
        """Deleted captures, with the version in which they were missing."""
        self._events = 0

    def knows(self, capture_id: int) -> bool:
        """Return whether a line is known and up to date."""
        found = self._known.get(capture_id)
        return (found is not None and found.version == self.version) or self._gone.get(capture_id) == self.version

    def get(self, capture_id: int) -> CaptureSummary | None:
        """Return a line as last read; None for a capture that was not read or is gone."""
        if (found := self._known.get(capture_id)) is None:
            return None
        self._known.move_to_end(capture_id)
        return found.line

    def late(self, capture_id: int) -> timedelta | None:
        """Return by how much a capture's event is older than one that came before it; None if in order."""
        found = self._known.get(capture_id)
        return found.late if found else None

    def clear(self) -> None:
        """Forget everything: captures were edited."""
        self._known.clear()
        self._gone.clear()
        self._events = 0

    def put(self, line: CaptureSummary) -> None:
        """Replace a line by a more complete one."""
        if found := self._known.get(line.id):
            self._events += len(line.events) - len(found.line.events)
            found.line = line

    def read(self, source: LineSource, capture_ids: Sequence[int], before: Sequence[int]) -> None:
        """Read those of these captures, ascending, that are not up to date.

        `before` are the captures that came before them: together they tell which events came late.
        """
        stale = [one for one in capture_ids if not self.knows(one)]
        unread = [one for one in (*before, *stale) if self._is_unread(one)]
        if unread:
            for line in source.lines(unread):
                self._remember(line)
            self._gone.update((one, self.version) for one in unread if one not in self._known)
        self._renew(source, [one for one in stale if one in self._known and one not in unread])
        self._compare([*before, *capture_ids])

    def _is_unread(self, capture_id: int) -> bool:
        """Return whether a line is unknown, or was read before the application answered."""
        found = self._known.get(capture_id)
        return found is None or (found.line.reply_status is None and found.version != self.version)

    def _renew(self, source: LineSource, capture_ids: Sequence[int]) -> None:
        """Read the values that may have changed; no others of an answered capture ever do."""
        if not capture_ids:
            return
        outcomes, steps = source.outcomes(capture_ids), source.steps(capture_ids)
        for capture_id in capture_ids:
            found = self._known[capture_id]
            outcome = outcomes.get(capture_id, found.line.outcome)
            found.line = replace(found.line, outcome=outcome, steps=steps.get(capture_id, ()))
            found.version = self.version

    def _remember(self, line: CaptureSummary) -> None:
        if found := self._known.pop(line.id, None):
            self._events -= len(found.line.events)
        self._known[line.id] = _Known(line, self.version)
        self._events += len(line.events)
        while len(self._known) > REMEMBERED or (self._events > _MOST_EVENTS and len(self._known) > 1):
            _, gone = self._known.popitem(last=False)
            self._events -= len(gone.line.events)

    def _compare(self, capture_ids: Sequence[int]) -> None:
        """Find the events that came after a later one of the same account and field."""
        latest: dict[tuple[str, str | None, str], datetime] = {}
        for found in filter(None, map(self._known.get, capture_ids)):
            event = found.line.event
            if event is None or event.happened is None or not _is_dated(found.line):
                continue
            source = (event.object, event.entry_id, event.field)
            last = latest.setdefault(source, event.happened)
            found.late = last - event.happened if last - event.happened > _JITTER else None
            latest[source] = max(last, event.happened)


def _is_dated(line: CaptureSummary) -> bool:
    """Return whether a capture's arrival time is meaningful: Meta delivered it, for the first time."""
    came = line.source in (Source.LIVE, Source.SANDBOX) and line.duplicate_of is None
    return came and is_genuine(line.kind, line.signature, line.replay_of)
