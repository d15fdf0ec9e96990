"""An error as text: what failed, what was done about it, and the next step."""

from hookscope.errors import HookscopeError
from hookscope.tui import cell_text
from hookscope.tui.theme import Pieces, Tone


def failure(error: HookscopeError) -> Pieces:
    """Return an error in one line."""
    done = f"; {cell_text.clean(error.done)}" if error.done else ""
    hint = f"  → {cell_text.clean(error.hint)}" if error.hint else ""
    return [(Tone.BAD, "✗ "), (Tone.TEXT, cell_text.clean(error.message) + done), (Tone.ACCENT, hint)]


def failure_lines(error: HookscopeError) -> Pieces:
    """Return an error's message, with the next step on a line of its own."""
    hint = f"\n→ {cell_text.clean(error.hint)}" if error.hint else ""
    return [(Tone.BAD, "✗ "), (Tone.TEXT, cell_text.clean(error.message)), (Tone.ACCENT, hint)]
