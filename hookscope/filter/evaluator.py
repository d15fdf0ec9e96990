"""Evaluates a filter on a capture, in plain Python."""

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime

from hookscope.filter.ast import And, Filter, Not, Or, Path, Term, Text
from hookscope.filter.days import parse_days
from hookscope.filter.duration import parse_duration
from hookscope.filter.wildcard import answer_pattern, fits, is_like, term_pattern
from hookscope.meta import json_path as paths
from hookscope.model.record import Capture
from hookscope.model.search_fields import Key, SearchFields, event_fields
from hookscope.model.tokenizer import words

_DIGITS = re.compile("[0-9]*")


def matches(filter_: Filter, capture: Capture, now: datetime, answers: Collection[str] = ()) -> bool:
    """Return whether a filter matches a capture; `now` is what `since:` and `on:` count back from.

    `answers` are the results of the capture's deliveries (`JournalReader.delivery_statuses`).
    """
    return _holds(filter_, SearchFields(capture, answers), now)


def matching_events(filter_: Filter, capture: Capture, now: datetime, answers: Collection[str] = ()) -> tuple[int, ...]:
    """Return the positions of the events of a batch that a filter matches as if each had come alone.

    Nothing if these are all of them, or none: then the filter matches the batch as a whole.
    """
    events = list(event_fields(SearchFields(capture, answers)))
    found = tuple(event.position for event in events if _holds(filter_, event, now))
    return found if len(found) < len(events) else ()


def number_range(value: str) -> range:
    """Return the range for `12`, `10..20`, `10..` or `..20`; raises ValueError."""
    first, dots, last = value.partition("..")
    if not _DIGITS.fullmatch(first + last):
        raise ValueError(value)
    return range(int(first or 0), (int(last) if last else 1 << 62) + 1 if dots else int(first) + 1)


def _holds(filter_: Filter, fields: SearchFields, now: datetime) -> bool:
    match filter_:
        case And(parts):
            return all(_holds(part, fields, now) for part in parts)
        case Or(parts):
            return any(_holds(part, fields, now) for part in parts)
        case Not(inner):
            return not _holds(inner, fields, now)
        case Text(text, whole):
            return _says(fields.words, words(text), whole)
        case Path(steps, equal, value):
            return any(is_like(found, value) for found in _at(fields, steps)) is equal
        case Term("since", value):
            return fields.capture.received_at >= now - parse_duration(value)
        case Term("on", value):
            return fields.capture.received_at in parse_days(value, now)
        case Term("id", value):
            return fields.capture.id in number_range(value)
        case Term("run", value):
            return fields.capture.run_id is not None and fields.capture.run_id in number_range(value)
        case Term("shared", value):
            return fields.capture.shared is not None and fields.capture.shared.seq in number_range(value)
        case Term("app", value):
            return any(is_like(answer, answer_pattern(value)) for answer in fields.answers)
        case Term(name, value):
            key = Key(name)
            return any(fits(found, term_pattern(key, value)) for found in fields.of(key))


def _says(said: Sequence[str], wanted: Sequence[str], whole: bool) -> bool:
    """Return whether the wanted words are there consecutively; the last may be a beginning unless all are `whole`."""
    *firsts, last = wanted
    for start in range(len(said) - len(firsts)):
        end = start + len(firsts)
        if said[start:end] == firsts and (said[end] == last if whole else said[end].startswith(last)):
            return True
    return False


def _at(fields: SearchFields, steps: paths.Path) -> list[str]:
    try:
        value = paths.look_up(fields.json, steps)
        return [value if isinstance(value, str) else json.dumps(value)]
    except (LookupError, RecursionError):
        return []
