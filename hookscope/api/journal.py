"""The journal for programs: captures by filter and by number."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hookscope import paths
from hookscope.errors import UsageError

if TYPE_CHECKING:
    from hookscope.model.record import Capture, Delivery
    from hookscope.services.captures import History


class Journal:
    """A journal that is open for reading; a context manager, to be used from one thread.

    It may be read while a run writes it: each call sees what is committed at that moment.
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
        """Return the captures that a filter means, all without one, the oldest first.

        They are read a few at a time, and the first comes at once, however many there are. Raises FilterError, a
        UsageError with `position`, for a filter that cannot be read.

            for capture in journal.captures("object:page field:feed sig:valid since:1h"):
                print(capture.id, capture.received_at, [event.summary for event in capture.events])
        """
        from hookscope import filter as filters
        from hookscope.model.timestamps import now

        query = filters.compile_query(filters.parse(wanted), now())
        return self._reader.captures(query, newest_first=newest_first)

    def capture(self, capture_id: int) -> "Capture":
        """Return the capture of that number. Raises UsageError when it is not there.

        body = journal.capture(12).request.body
        """
        from hookscope.services.selection import LAST, find

        if capture_id == LAST:  # It stands for the newest one on a command line, and for a mistake here.
            raise UsageError("there is no capture #0", hint="captures are numbered from 1")
        return find(self._reader, capture_id)

    def deliveries(self, capture_id: int) -> list["Delivery"]:
        """Return what became of a capture: each attempt to hand it to an application, the oldest first.

        failed = [delivery.target for delivery in journal.deliveries(12) if not delivery.succeeded]
        """
        return self._reader.deliveries(capture_id)


def open_journal(path: str | Path | None = None) -> Journal:
    """Open a journal for reading: the one at `path`, else the one that `hookscope run` keeps for this user.

    Raises JournalError where there is none, or where it cannot be read.

        with hookscope.open_journal("journal.db") as journal:
            print(sum(1 for _ in journal.captures("sig:invalid")))
    """
    from hookscope.services.captures import open_history

    return Journal(open_history(paths.journal_file() if path is None else Path(path).expanduser()))
