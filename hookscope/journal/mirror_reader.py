"""Reading the journal for the state of its mirrors."""

from hookscope.journal import codec
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture


class MirrorReader(JournalReader):
    """A journal as the mirror of shared logs, which are identified by UUIDs."""

    def mirrored_up_to(self, log: str) -> int | None:
        """Return the number of the last entry that was mirrored, or None when none ever was."""
        statement = "SELECT max(seq) FROM mirrored JOIN logs ON logs.id = log_id WHERE uuid = ?"
        ((last,),) = self._rows(statement, (log,))
        return None if last is None else int(last)

    def last_mirrored(self, log: str) -> Capture | None:
        """Return the last mirrored capture that has not been deleted here."""
        statement = (
            f"SELECT {codec.READ_COLUMNS} FROM captures WHERE id = ("  # noqa: S608
            "SELECT capture_id FROM mirrored JOIN logs ON logs.id = log_id JOIN captures AS c ON c.id = capture_id "
            "WHERE uuid = ? ORDER BY seq DESC LIMIT 1)"
        )
        return next((codec.read_capture(found) for found in self._rows(statement, (log,))), None)
