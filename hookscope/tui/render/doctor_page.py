"""The text of the doctor's panel: what is broken first, then what cannot be known, and the rest."""

from collections.abc import Mapping, Sequence
from typing import Any

from hookscope.tui import cell_text
from hookscope.tui.theme import Pieces, Tone

_MARKS = {
    "failed": ("✗", Tone.BAD),
    "warning": ("!", Tone.WARN),
    "unknown": ("?", Tone.ACCENT),
    "ok": ("✓", Tone.OK),
}
"""By the state of a finding, the most urgent first."""


def findings(found: Sequence[Mapping[str, Any]]) -> Pieces:
    """Return the findings of the doctor's JSON output, the most urgent first."""
    pieces: Pieces = []
    for state in _MARKS:
        for finding in found:
            if finding["state"] == state:
                pieces += _finding(finding)
    return pieces


def _finding(finding: Mapping[str, Any]) -> Pieces:
    mark, tone = _MARKS[finding["state"]]
    pieces: Pieces = [(tone, f"{mark} "), (Tone.TEXT, f"{cell_text.clean(finding['what'])}\n")]
    if finding["why"]:
        pieces.append((Tone.MUTED, f"{cell_text.clean(finding['why'])}\n"))
    if finding["next_step"]:
        pieces += [(Tone.ACCENT, "→ "), (Tone.TEXT, f"{cell_text.clean(finding['next_step'])}\n")]
    return pieces
