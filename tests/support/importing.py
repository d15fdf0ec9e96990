"""Captures added to a journal as an import adds them."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from hookscope.journal import bulk_import
from hookscope.journal.bulk_import import Added
from hookscope.journal.staging import pack
from hookscope.model.record import Capture


def add_all(path: Path, captures: Iterable[Capture], *, at_once: int = 64) -> Added:
    """Add captures, so many in a batch."""
    waiting = iter(captures)
    return bulk_import.add_all(path, (pack(several) for several in iter(lambda: list(islice(waiting, at_once)), [])))
