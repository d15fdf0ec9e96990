"""Reading the journal for a list of captures: their ids, their days, and the contents of their lines."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from hookscope.journal import outline_reader, summary_codec
from hookscope.journal.reader import JournalReader
from hookscope.journal.sql import placeholders
from hookscope.meta.summaries.story import Story
from hookscope.model.capture_summary import StatusStep
from hookscope.model.outline import Outline, Pairs

if TYPE_CHECKING:
    from hookscope.filter.query import Query


class ListReader(JournalReader):
    """A JournalReader for a list. Each call may raise JournalError."""

    def outline(
        self, *, after: int = 0, before: int | None = None, newest: int | None = None, run: int | None = None
    ) -> Outline:
        """Return the ids as `ids` does, with the batches among them, and the statuses that follow a message."""
        with self._translated():
            found = outline_reader.read_ids(self._db, after=after, before=before, newest=newest, run=run)
            return outline_reader.read_outline(self._db, found)

    def large_ids(self, capture_ids: Sequence[int]) -> set[int]:
        """Return those of these captures whose bodies are too large for the index."""
        statement = (
            "SELECT id FROM captures INDEXED BY large_captures "  # noqa: S608
            f"WHERE length(body) > 65536 AND id IN ({placeholders(capture_ids)})"
        )
        return {capture_id for (capture_id,) in self._rows(statement, tuple(capture_ids))}

    def count_unindexed(self, query: "Query") -> int:
        """Return the number of captures that the query must examine because the index has not reached them."""
        from hookscope.journal.candidates import count_unindexed  # Most lists are not searched.
        from hookscope.journal.query_plan import plan

        with self._translated():
            return count_unindexed(self._db, plan(query.condition))

    def batches(self, first: int, last: int) -> Pairs:
        """Return the batches between two ids, both included, with the number of their events."""
        with self._translated():
            return outline_reader.read_batches(self._db, first, last)

    def days(self, zone: tzinfo | None, since: datetime | None = None) -> list[tuple[int, date]]:
        """Return the days with captures, each with its first one: those after the day of `since`, or all."""
        with self._translated():
            return list(outline_reader.read_days(self._db, zone, since))

    def steps(self, capture_ids: Sequence[int]) -> Mapping[int, tuple[StatusStep, ...]]:
        """Return the statuses of the messages in these captures, in order of arrival."""
        with self._translated():
            return summary_codec.read_steps(self._db, tuple(capture_ids), self.outcomes)

    def events(self, capture_id: int) -> tuple[tuple[Story, ...], str | None]:
        """Return the events of a body of any size, and its problem; takes some 30 ms a megabyte."""
        with self._translated():
            return summary_codec.read_events(self._db, capture_id)
