"""Captures on their way into the journal: packed, and in a file that has no name, until all of them are known."""

import marshal
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from msgspec import Struct

from hookscope.journal import codec
from hookscope.model.record import Capture
from hookscope.model.timestamps import milliseconds

_LENGTH_BYTES = 8


class Row(NamedTuple):
    """A capture: its id in the file that it comes from, if it has one, its marked events, and its APPEND_COLUMNS."""

    old: int | None
    marked_events: tuple[int, ...]
    values: tuple[Any, ...]


class Batch(Struct, array_like=True, frozen=True):
    """Captures as packed rows. `kinds` counts them; `earliest` and `latest` are milliseconds since 1970."""

    kinds: dict[str, int]
    earliest: int
    latest: int
    has_links: bool
    rows: bytes

    @property
    def count(self) -> int:
        """The number of captures."""
        return sum(self.kinds.values())


def pack(captures: Sequence[Capture]) -> Batch:
    """Return captures, at least one, as a batch: few enough to be added to the journal in one go."""
    times = [milliseconds(capture.received_at) for capture in captures]
    return Batch(
        kinds=Counter([capture.kind.value for capture in captures]),
        earliest=min(times),
        latest=max(times),
        has_links=any(one.duplicate_of or one.originals or one.replay_of for one in captures),
        rows=marshal.dumps([_row(capture) for capture in captures]),
    )


def _row(capture: Capture) -> tuple[Any, ...]:
    values = codec.capture_values(capture, capture.reply.elapsed_ms, capture.duplicate_of, capture.originals)
    return capture.id or None, capture.marked_events, (*values, capture.count_events() or None, None)


class Stage:
    """Holds batches on the disk of a folder; a context manager. Raises OSError if they do not find room there."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self.earliest, self.latest, self.has_links = 1 << 62, 0, False
        """As those of a batch, for all of them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def is_empty(self) -> bool:
        """True as long as there is no batch."""
        return self.earliest > self.latest

    def add(self, batch: Batch) -> None:
        """Add a batch."""
        self._file.write(len(batch.rows).to_bytes(_LENGTH_BYTES, "big"))
        self._file.write(batch.rows)
        self.earliest, self.latest = min(self.earliest, batch.earliest), max(self.latest, batch.latest)
        self.has_links = self.has_links or batch.has_links

    def batches(self) -> Iterator[list[Row]]:
        """Yield the rows of each batch, in order."""
        self._file.seek(0)  # This also writes what is buffered.
        while length := self._file.read(_LENGTH_BYTES):
            rows = marshal.loads(self._file.read(int.from_bytes(length, "big")))  # noqa: S302 - from ourselves
            yield [*map(Row._make, rows)]
