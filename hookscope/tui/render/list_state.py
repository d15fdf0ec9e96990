"""The list's state in its header: paused, or with unseen rows."""

from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.views.timeline import Timeline

_NAME = 9
"""Cells kept for the column's name."""


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
