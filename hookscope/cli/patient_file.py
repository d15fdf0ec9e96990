"""A file that waits until it can be written.

Whether writing blocks is a setting of the open file, which every process that has it shares: ssh and Node change that
of their stdout. Python's files then raise an error or, unbuffered, drop what is not written at once.
"""

import os
import select
from io import FileIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class PatientFile(FileIO):
    """The raw file of a descriptor, which stays open."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write a part of the bytes, at least one, and return how many."""
        return write_part(self.fileno(), data)


def write_part(descriptor: int, data: "ReadableBuffer") -> int:
    """Write a part of the bytes, at least one, and return how many."""
    while True:
        try:
            return os.write(descriptor, data)
        except BlockingIOError:
            select.select((), (descriptor,), ())
