"""Reading a log page by page, so that each answer comes in time over a network of unknown speed."""

import time
from typing import Any, LiteralString, Protocol
from uuid import UUID

from msgspec.structs import replace
from psycopg.rows import TupleRow

from hookscope.team.log import Entry, EntryPage
from hookscope.team.postgres import statements
from hookscope.team.postgres.page_size import PAGE_SECONDS, PageSize


class Rows(Protocol):
    """Return the rows of a query, within some seconds. Raises LogUnavailableError or LogRefusedError."""

    async def __call__(self, statement: LiteralString, values: tuple[Any, ...], seconds: float) -> list[TupleRow]: ...


class PageReader:
    """Reads pages of a size that fits the network; an entry that is larger by itself comes in pieces."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._size = PageSize()

    async def read(self, log: UUID, *, after: int, limit: int, max_bytes: int) -> EntryPage:
        """Return the entries of a log behind `after`. Raises LogUnavailableError or LogRefusedError."""
        size = min(max_bytes, self._size.bytes)
        began = time.monotonic()
        rows = await self._rows(statements.READ, (size, after, log, limit, size), PAGE_SECONDS)
        is_cut = bool(rows) and (len(rows) == limit or rows[-1][-1])
        self._size.adapt(time.monotonic() - began, is_full=is_cut)
        entries = [Entry(seq=seq, head=head, body=body) for seq, head, body, *_ in rows]
        if len(rows) == 1 and (length := rows[0][3]) > len(entries[0].body):
            body = await self._whole(log, entries[0], length)
            if body is None:
                return EntryPage((), more=True)
            entries = [replace(entries[0], body=body)]
        return EntryPage(entries, more=is_cut)

    async def _whole(self, log: UUID, entry: Entry, length: int) -> bytes | None:
        """Return a body of which only the beginning has come; None if it has been deleted meanwhile."""
        body = bytearray(entry.body)
        while len(body) < length:
            began = time.monotonic()
            values = (len(body) + 1, self._size.bytes, entry.seq, log)
            rows = await self._rows(statements.PIECE, values, PAGE_SECONDS)
            if not rows:
                return None
            body += rows[0][0]
            self._size.adapt(time.monotonic() - began, is_full=len(body) < length)
        return bytes(body)
