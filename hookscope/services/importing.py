"""Import captures from files, and make them quick to search."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
from msgspec import Struct, field

from hookscope.formats.importers import lines
from hookscope.formats.importers.detect import read_parts
from hookscope.journal.bulk_import import Added, add_all
from hookscope.journal.staging import Batch, pack
from hookscope.model.record import Capture, Kind
from hookscope.shared_work import Bytes, share

_WORKER = "hookscope.services.import_worker"
_ROWS, _BYTES = 256, 1 << 18
"""The most of a file that is no NDJSON that becomes one batch."""


class ImportReport(Struct, kw_only=True):
    """The number of captures added, of those already present, and of each kind in the file."""

    added: int = 0
    known: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        """The number of captures read from the file."""
        return self.kinds.total()


def import_captures(
    journal: Path,
    read: Callable[[int], str],
    *,
    secrets: Sequence[str] = (),
    skip: Callable[[str], object] = lambda _: None,
    watch: Callable[[ImportReport], object] = lambda _: None,
) -> ImportReport:
    """Add the captures of a file to a journal: all of them or none.

    `read` returns the next characters, at most as many as its argument. `secrets` check the signatures that the file
    does not judge. `skip` is called for each unreadable entry, and `watch` now and then with the report so far. Raises
    UsageError for an unreadable file.
    """
    report = ImportReport()

    def tallied(batches: Iterator[Batch]) -> Iterator[Batch]:
        for batch in batches:
            report.kinds.update({Kind(kind): count for kind, count in batch.kinds.items()})
            watch(report)
            yield batch

    def see(added: Added) -> None:
        report.added, report.known = added.added, added.known
        watch(report)

    add_all(journal, tallied(_batches(read, secrets, skip)), watch=see)
    return report


class _PackedLines(Struct, array_like=True, frozen=True):
    """The captures of lines as a batch, if there are any, and the number of bytes that were read."""

    batch: Batch | None
    size: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_PackedLines).decode


def pack_lines(text: Bytes) -> bytes:
    """Return the captures of lines as bytes."""
    read = lines.read_lines(bytes(text))
    return _encode(_PackedLines(pack(read.captures) if read.captures else None, read.size))


def _packed_lines(texts: Iterator[bytes]) -> Generator[_PackedLines, None, None]:
    with closing(share(texts, pack_lines, _WORKER)) as answers:
        for answer in answers:
            yield _decode(answer)


def _batches(read: Callable[[int], str], secrets: Sequence[str], skip: Callable[[str], object]) -> Iterator[Batch]:
    waiting: list[Capture] = []
    size = 0
    for part in read_parts(read, secrets, skip=skip, read_lines=_packed_lines):
        if isinstance(part, Capture):
            waiting.append(part)
            size += len(part.request.body)
        if waiting and (not isinstance(part, Capture) or len(waiting) >= _ROWS or size >= _BYTES):
            yield pack(waiting)
            waiting, size = [], 0
        if isinstance(part, _PackedLines) and part.batch:
            yield part.batch
    if waiting:
        yield pack(waiting)
