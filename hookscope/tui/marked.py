"""The captures that the reader has marked; to be called off the event loop."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture
from hookscope.model.timestamps import now

MOST = 1000
"""So many marks are looked for."""


def marked(journal: Path) -> list[int]:
    """Their numbers, ascending. Raises JournalError."""
    from hookscope.filter import compile_query, parse

    with JournalReader(journal) as history:
        return sorted(islice(history.numbers(compile_query(parse("is:marked"), now())), MOST))


def captures(journal: Path, numbers: Sequence[int]) -> list[Capture]:
    """Captures by their numbers, as far as they are there, in that order. Raises JournalError."""
    with JournalReader(journal) as history:
        found = history.several(numbers)
    return [found[number] for number in numbers if number in found]
