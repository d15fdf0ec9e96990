"""The event page: a capture in words, event by event, before any JSON."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from hookscope.meta import notification
from hookscope.meta.notification import Event
from hookscope.meta.summaries.summary import EventLine, summarize
from hookscope.model.record import Capture, Kind
from hookscope.tui.render.pages.lines import BLANK, fact, note
from hookscope.views.body import BodyLine, Token

_MOST_EVENTS = 100
_MOST_VALUES = 200
_WIDEST_NAME = 30
"""In cells: one that is longer moves its own value, and leaves those of the others in their column."""

_SHORT = 2.0
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def story(capture: Capture, position: int = 0) -> list[BodyLine]:
    """Return the lines for each event of a notification, or for the one at a position, counted from 1.

    They give the event in a sentence, its time, and all its values.
    """
    if capture.kind is not Kind.NOTIFICATION:
        return []
    events = notification.parse(capture.request.body).events
    lines: list[BodyLine] = []
    chosen = [*enumerate(events, 1)][position - 1 : position] if position else [*enumerate(events[:_MOST_EVENTS], 1)]
    for number, event in chosen:
        lines += [BLANK] if lines else []
        line = summarize(event)
        if len(events) > 1:  # The header above the page already shows a single event.
            lines.append(_heading(line, f"{number} of {len(events)}  "))
        lines += _event(capture, event, line)
    if not position and len(events) > _MOST_EVENTS:
        lines += [BLANK, note(f"… the first {_MOST_EVENTS} of {len(events):,} events")]
    return lines


def _heading(line: EventLine, count: str) -> BodyLine:
    name = (Token.KEY, f"{line.object}.{line.field}  ")
    return BodyLine(pieces=((Token.NOTE, count), name, (Token.PROBLEM if line.failed else Token.PLAIN, line.summary)))


def _event(capture: Capture, event: Event, line: EventLine) -> Iterator[BodyLine]:
    yield fact("entry", (Token.STRING, event.entry_id or "none"), (Token.NOTE, "  dashboard test" * event.is_test))
    if event.time:
        yield fact("time", (Token.NUMBER, _stamp(event.time)), (Token.NOTE, _lag(event.time, capture.received_at)))
    if event.verb:
        yield fact("verb", (Token.STRING, event.verb))
    yield from _values(event, line)


def _values(event: Event, line: EventLine) -> Iterator[BodyLine]:
    found = [*islice(_leaves(event.value, ()), _MOST_VALUES + 1)]
    if found and not (len(found) == 1 and not found[0][0]):
        lengths = [len(".".join(path)) for path, _ in found[:_MOST_VALUES]]
        width = max((length for length in lengths if length <= _WIDEST_NAME), default=0)
        for path, value in found[:_MOST_VALUES]:
            name = (Token.KEY, f"{'.'.join(path):<{width}}  ")
            yield BodyLine(indent=1, hanging=width + 2, pieces=(name, *_value(path, value)))
    elif found and found[0][1] is not None:
        yield fact("value", *_value((), found[0][1]))
    if len(found) > _MOST_VALUES:
        yield note(f"… the first {_MOST_VALUES} values of {line.action}; the tree has all", indent=1)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every leaf value with its path, without recursion: the sender chooses the nesting."""
    waiting = [(path, value)]
    while waiting:
        at, one = waiting.pop()
        steps: Sequence[tuple[str, Any]] = ()
        if isinstance(one, dict):
            steps = [(str(key), inner) for key, inner in one.items()]
        elif isinstance(one, list):
            steps = [(str(number), inner) for number, inner in enumerate(one[:_MOST_VALUES])]
        if steps:
            waiting += [((*at, step), inner) for step, inner in reversed(steps)]
        else:
            yield at, one


def _value(path: tuple[str, ...], value: Any) -> tuple[tuple[Token, str], ...]:
    from hookscope.views.body import moment

    if isinstance(value, str):
        shown: tuple[Token, str] = (Token.STRING, value or '""')
    elif value is None or isinstance(value, bool):
        shown = (Token.WORD, {None: "null", True: "true", False: "false"}[value])
    else:
        shown = (Token.NUMBER, str(value)[:_MOST_VALUES])
    when = moment(path[-1] if path else "", str(value)[:20])
    return (shown, (Token.NOTE, f"  {when:%Y-%m-%d %H:%M:%S}Z")) if when else (shown,)


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}Z"


def _lag(then: datetime, arrived: datetime) -> str:
    """Return the time between the event and its arrival, in words."""
    seconds = (arrived - then).total_seconds()
    if abs(seconds) < _SHORT:
        return "  arrived at once"
    size, unit = next(
        (size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")) if abs(seconds) >= size
    )
    duration = f"{abs(seconds) / size:.0f} {unit}"
    return f"  arrived {duration} later" if seconds > 0 else f"  {duration} ahead of this clock"
