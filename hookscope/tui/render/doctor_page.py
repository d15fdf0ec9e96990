"""The text of the doctor's panel: broken links first, then unknown ones, then the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

from hookscope.diagnosis.finding import State
from hookscope.tui import cell_text
from hookscope.tui.render.help_pages import hanging
from hookscope.tui.theme import Pieces, Tone

_TONES = {State.FAILED: Tone.BAD, State.WARNING: Tone.WARN, State.UNKNOWN: Tone.ACCENT, State.OK: Tone.OK}
"""The order of the states, the most urgent first."""

_MARGIN = 2


def findings(found: Sequence[Mapping[str, Any]], width: int) -> Pieces:
    """Return the findings of the doctor's JSON output, the most urgent first."""
    pieces: Pieces = []
    for state in _TONES:
        for finding in found:
            if finding["state"] == state:
                pieces += _finding(finding, width)
    return pieces


def _finding(finding: Mapping[str, Any], width: int) -> Pieces:
    state = State(finding["state"])
    lines = (
        (_TONES[state], state.mark, Tone.TEXT, finding["what"]),
        (Tone.MUTED, " ", Tone.MUTED, finding["why"]),
        (Tone.ACCENT, "→", Tone.TEXT, finding["next_step"]),
    )
    pieces: Pieces = []
    for mark_tone, sign, text_tone, text in lines:
        if text:
            pieces += [(mark_tone, f"{sign} "), *hanging([(text_tone, cell_text.clean(text))], _MARGIN, width)]
    return pieces
