"""Reading how much of the disk the captures of a journal take."""

from collections.abc import Iterator, Sequence

from hookscope.journal.reader import JournalReader
from hookscope.journal.sql import placeholders

_TOGETHER = 500
_LEAST = 0.01
"""This part of the journal at least is deleted at a time, for few to do."""
_SIZE = """
(
    128 + length(headers) + length(body) + length(reply_body)
    + coalesce((SELECT sum(length(answer)) FROM deliveries WHERE capture_id = captures.id), 0)
)
"""
"""The bytes of a capture and of its deliveries' answers; the number stands for its other columns and its keys."""


class SizeReader(JournalReader):
    """A journal as a file that takes space. Each call may raise JournalError."""

    def size(self) -> int:
        """Return the bytes of the journal's file without the pages that are free."""
        ((pages, free, page),) = self._rows(
            "SELECT page_count, freelist_count, page_size "
            "FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
            (),
        )
        return int((pages - free) * page)

    def oldest_over(self, capture_ids: Sequence[int], most: int) -> list[int]:
        """Return the first of these captures, as many as must go for the journal to take about `most` bytes.

        That is an estimate: delete them, and ask again until there are none.
        """
        if (size := self.size()) <= most:
            return []
        ((total,),) = self._rows(f"SELECT coalesce(sum({_SIZE}), 0) FROM captures", ())  # noqa: S608
        left: float = size - most
        if left > total / 2:  # Then the search index is made anew; else it shrinks later.
            left *= total / size
        return list(self._first(capture_ids, max(left, total * _LEAST)))

    def _first(self, capture_ids: Sequence[int], size: float) -> Iterator[int]:
        """Yield the first captures, until they have at least `size` bytes together."""
        for start in range(0, len(capture_ids), _TOGETHER):
            part = capture_ids[start : start + _TOGETHER]
            sizes = f"SELECT id, {_SIZE} FROM captures WHERE id IN ({placeholders(part)}) ORDER BY id"  # noqa: S608
            for capture_id, taken in self._rows(sizes, tuple(part)):
                if size <= 0:
                    return
                yield capture_id
                size -= taken
