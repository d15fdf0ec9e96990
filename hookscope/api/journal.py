"""The journal for programs: captures by filter and by id."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hookscope import paths
from hookscope.errors import UsageError

if TYPE_CHECKING:
    from hookscope.model.record import Capture, Delivery
    from hookscope.services.captures import History


class Journal:
    """A journal open for reading; a context manager, to be used from one thread.

    It can be read while a run writes to it: each call sees what is committed at that moment. Every method raises
    JournalError for a journal that cannot be read.

        with hookscope.open_journal() as journal:
            for capture in journal.captures("sig:invalid", newest_first=True):
                print(capture.id, capture.signature.reason)
    """

    def __init__(self, reader: "History") -> None:
        self._reader = reader

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._reader.__exit__()

    def captures(self, wanted: str = "", *, newest_first: bool = False) -> Iterator["Capture"]:
        """Return the captures that match a filter, or all of them, the oldest first.

        They are read a few at a time, so that the first comes at once, however many there are. Raises FilterError, a
        UsageError with `position`, for an invalid filter.

            for capture in journal.captures("object:page field:feed sig:valid since:1h"):
                print(capture.id, capture.received_at, [event.summary for event in capture.events])
        """
        from hookscope import filter as filters
        from hookscope.model.timestamps import now

        query = filters.compile_query(filters.parse(wanted), now())
        return self._reader.captures(query, newest_first=newest_first)

    def capture(self, capture_id: int) -> "Capture":
        """Return the capture with that id. Raises UsageError if there is none.

        body = journal.capture(12).request.body
        """
        from hookscope.model.capture_id import LAST
        from hookscope.services.selection import find

        if capture_id == LAST:  # It stands for the newest one on a command line, and for a mistake here.
            raise UsageError("there is no capture #0", hint="capture ids begin at 1")
        return find(self._reader, capture_id)

    def deliveries(self, capture_id: int) -> list["Delivery"]:
        """Return the deliveries of a capture: each attempt to send it to an application, the oldest first.

        failed = [delivery.target for delivery in journal.deliveries(12) if not delivery.succeeded]
        """
        return self._reader.deliveries(capture_id)


def open_journal(path: str | Path | None = None) -> Journal:
    """Open a journal for reading: the one at `path`, or the user's, which `hookscope run` writes.

    Raises JournalError if there is none, or if it cannot be read.

        with hookscope.open_journal("journal.db") as journal:
            print(sum(1 for _ in journal.captures("sig:invalid")))
    """
    from hookscope.services.captures import open_history

    return Journal(open_history(paths.journal_file() if path is None else paths.named(str(path))))
