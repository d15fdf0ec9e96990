"""The values in a journal for keys of the filter language, for completion."""

import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from hookscope.filter import And, Filter, Term, compile_query
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Kind
from hookscope.model.search_fields import Key, SearchFields
from hookscope.model.timestamps import now

_KEYS = (Key.SENDER, Key.ENTRY, Key.OBJECT, Key.FIELD)
_LOOKED_AT = 300
_LARGEST_BODY = 64 << 10
"""In bytes: a larger one takes long to look through."""
_PLAIN = re.compile(r"[\w.@+-]{1,64}", re.ASCII)
"""Other values would need quotes, or mean nothing to a reader."""


def seen_values(journal: Path, run: int | None = None) -> Mapping[str, tuple[str, ...]]:
    """Return the values of these keys in the newest notifications, of a run or of all, the last seen first.

    Raises JournalError.
    """
    wanted: list[Filter] = [Term("kind", Kind.NOTIFICATION)]
    if run is not None:
        wanted.append(Term("run", str(run)))
    seen: dict[Key, dict[str, None]] = {key: {} for key in _KEYS}
    days: dict[str, None] = {}
    with JournalReader(journal) as history:
        found = history.captures(compile_query(And(tuple(wanted)), now()), newest_first=True)
        for capture in islice(found, _LOOKED_AT):
            days[str(capture.received_at.astimezone().date())] = None
            if len(capture.request.body) <= _LARGEST_BODY:
                fields = SearchFields(capture)
                for key, values in seen.items():
                    values.update(dict.fromkeys(sorted(fields.of(key))))
    plain = {str(key): tuple(filter(_PLAIN.fullmatch, values)) for key, values in seen.items()}
    return {**plain, "on": tuple(days)}
