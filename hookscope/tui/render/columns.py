"""The columns of the list that fit, and the line above them: their names, and the list's state."""

from datetime import date

from msgspec import Struct

from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.views.timeline import Timeline

TIME = 8
SIGNATURE = 3
STATUS = 3
_ELAPSED = 5
_FORWARD = 4
_LAG = 4
_NARROWEST = 6
_SHORTEST_EVENT, _LONGEST_EVENT = 13, 24
"""The name of the event takes what the summary leaves; few are longer."""
_AMPLE = 50
"""The summary gets half of the cells, or this many, before the name of the event gets more than the least."""

_NAMED = 8
"""The minimum width of the summary for its name, in cells."""

_NAME = 9
"""Cells kept for the summary's name beside the list's state."""


class Columns(Struct, frozen=True, kw_only=True):
    """The widths of the variable columns, in cells; 0 for one that is left out."""

    id: int
    event: int
    summary: int
    elapsed: int
    forward: int
    lag: int


def columns(width: int, *, forwarding: bool, newest: int = 0) -> Columns:
    """Return the columns that fit into a number of cells.

    `newest` is the largest id.
    """
    number = max(len(str(newest)) + 4, 6) if width >= 100 else 0
    elapsed = _ELAPSED if width >= 74 else 0
    lag = _LAG if width >= 115 else 0
    forward = _FORWARD if forwarding else 0
    others = (number, SIGNATURE, STATUS, elapsed, forward, lag)
    room = width - (1 + TIME + 1 + 2 + sum(1 + size for size in others if size) + 1)
    event = min(max(room - min(width // 2, _AMPLE), _SHORTEST_EVENT), _LONGEST_EVENT)
    summary = max(room - event, _NARROWEST)
    return Columns(id=number, event=event, summary=summary, elapsed=elapsed, forward=forward, lag=lag)


def heading(shape: Columns, badge: Pieces, day: date | None = None) -> Pieces:
    """Return the names of the columns, and the list's state next to the summary's name.

    `day` is that of the first row in view, unless it is today.
    """
    time = f"{day:%d %b}" if day else "TIME"
    names = f" {time:<{TIME}} "
    if shape.id:
        names += f"{'ID':<{shape.id}} "
    names += f"{'EVENT':<{shape.event}}  "
    room = shape.summary - extent(badge)
    named = "WHO → WHOM: WHAT" if room > 2 * _NAMED else "SUMMARY" if room > _NAMED else ""
    last = " SIG ANS"
    if shape.elapsed:
        last += f" {'ACK':>{shape.elapsed}}"
    if shape.forward:
        last += f" {'APP':>{shape.forward}}"
    if shape.lag:
        last += f" {'LAG':>{shape.lag}}"
    return [(Tone.FAINT, names + named.ljust(max(room, 0))), *badge, (Tone.FAINT, last)]


def list_state(timeline: Timeline, room: int, *, has_problem: bool = False, all_runs: bool = False) -> Pieces:
    """Return the state for a column of that width, shortened so that the column's name stays visible."""
    if all_runs and not has_problem:
        return [(Tone.BADGE, "all runs "), *list_state(timeline, room - len("all runs "))]
    if has_problem:
        return [(Tone.BAD, "the journal cannot be read ")]
    if timeline.paused:
        forms = [f"‖ paused, {timeline.waiting:,} new ", f"‖ {timeline.waiting:,} ", "‖ "]
        tone = Tone.WARN
    elif timeline.following or not timeline.unseen:
        return []
    else:
        forms, tone = [f"▾ {timeline.unseen:,} new ", f"▾ {timeline.unseen:,} ", "▾ "], Tone.BADGE
    fitting = [form for form in forms if extent([(tone, form)]) + _NAME <= room]
    return [(tone, fitting[0] if fitting else forms[-1])]
