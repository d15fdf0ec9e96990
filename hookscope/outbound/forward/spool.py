"""Deliveries that are made and not yet committed, kept where they survive the death of their process.

Many deliveries go into one commit. Without the spool a killed process would lose the latest answers, and the next one
would deliver all of it again.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from typing import Self

from hookscope.model.record import Delivery
from hookscope.outbound.forward.packed_deliveries import pack, unpack

_FULL_BYTES = 1 << 20
_LENGTH_BYTES = 4
_END = bytes(_LENGTH_BYTES)
"""A length of nothing: what stands behind it is older, and committed."""

_Key = tuple[int, str, datetime]


class Spool:
    """Two files without names, open as `descriptors`; one process writes, and after its end another one reads.

    A file is reused as soon as everything in it is committed; meanwhile the other one is written, so that this also
    happens under steady load. A file is overwritten instead of truncated: truncation would make each delivery wait for
    the disk.
    """

    def __init__(self, descriptors: Sequence[int]) -> None:
        self.descriptors = tuple(descriptors)
        self._turn = 0
        self._sizes = [0, 0]
        self._waiting = [0, 0]
        self._file_of: dict[_Key, int] = {}

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """Open a new one, for as long as the context lasts."""
        with ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile(prefix="hookscope-")) for _ in range(2)]
            yield cls([file.fileno() for file in files])

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Keep deliveries until they are committed. One that cannot be kept may be made again, and no more."""
        if self._sizes[self._turn] >= _FULL_BYTES and not self._waiting[1 - self._turn]:
            self._turn = 1 - self._turn
        packed = pack(deliveries)
        written = len(packed).to_bytes(_LENGTH_BYTES, "big") + packed + _END
        if self._write(written, self._sizes[self._turn]):
            self._sizes[self._turn] += len(written) - _LENGTH_BYTES
            self._waiting[self._turn] += len(deliveries)
            self._file_of.update(dict.fromkeys(map(_key, deliveries), self._turn))

    def _write(self, data: bytes, position: int) -> bool:
        """Write to the file in turn; return whether all of it is there, and else end the file before it."""
        descriptor = self.descriptors[self._turn]
        try:
            written = os.pwrite(descriptor, data, position)
        except OSError:
            written = 0
        if written < len(data):
            with suppress(OSError):
                os.pwrite(descriptor, _END, position)
        return written == len(data)

    def forget(self, deliveries: Iterable[Delivery]) -> None:
        """Remove deliveries that are committed; those that were not kept are skipped."""
        for delivery in deliveries:
            if (file := self._file_of.pop(_key(delivery), None)) is not None:
                self._waiting[file] -= 1
                if not self._waiting[file]:
                    self._empty(file)

    def take(self) -> list[Delivery]:
        """Return what the other process has left, committed or not, and empty the files for the next one."""
        left = [delivery for descriptor in self.descriptors for delivery in _read(descriptor)]
        self._file_of.clear()
        for file in range(len(self.descriptors)):
            self._waiting[file] = 0
            self._empty(file)
        return left

    def _empty(self, file: int) -> None:
        with suppress(OSError):
            os.pwrite(self.descriptors[file], _END, 0)
        self._sizes[file] = 0


def _key(delivery: Delivery) -> _Key:
    return delivery.capture_id, delivery.target, delivery.sent_at


def _read(descriptor: int) -> Iterator[Delivery]:
    """Read a file's deliveries, up to its end or the first incomplete addition."""
    position = 0
    while length := int.from_bytes(os.pread(descriptor, _LENGTH_BYTES, position), "big"):
        packed = os.pread(descriptor, length, position + _LENGTH_BYTES)
        if len(packed) < length:
            return
        yield from unpack(packed)
        position += _LENGTH_BYTES + length
