"""The state of the list, above it: paused, or with rows that were not seen yet."""

from hookscope.tui.theme import Pieces, Tone, extent
from hookscope.views.timeline import Timeline

_NAME = 9
"""Cells of a column's name, which stays to be seen."""


def list_state(timeline: Timeline, room: int, *, has_problem: bool = False, all_runs: bool = False) -> Pieces:
    """Return the state in a column of so many cells, as short as it takes to leave the column its name."""
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
