"""The form for the values of a notification to send."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input

from hookscope.meta import wire
from hookscope.tui import cell_text
from hookscope.tui.screens.dialogs import BOX, button
from hookscope.tui.theme import Tone
from hookscope.tui.widgets.ordered_keys import LineInput
from hookscope.tui.widgets.text import ButtonBar, StaticText
from hookscope.views.value_form import filled, form_fields

_LONGEST_LABEL = 40
"""Few paths are longer; values need the rest of the line."""


class ValueForm(ModalScreen[bytes | None]):
    """Returns the body with the form's values, or None if the user gave up."""

    DEFAULT_CSS = f"""
    ValueForm {{ {BOX}
        & > Vertical {{ height: 90%; padding: 0 1; }}
        & VerticalScroll {{ height: 1fr; scrollbar-size-vertical: 1; }}
        & Horizontal {{ height: 1; }}
        & Horizontal > StaticText {{ padding: 0 1 0 0; height: 1; }}
        & Input {{ border: none; height: 1; width: 1fr; padding: 0 1; background: $surface; }}
        & Input:focus {{ border: none; height: 1; background: $selected; padding: 0 1; }}
        & #form-state {{ max-height: 2; padding: 0; margin: 1 0 0 0; }}
        & ButtonBar {{ padding: 0; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, title: str, payload: Any) -> None:
        super().__init__()
        self._title, self._payload = title, payload
        self._fields = form_fields(payload)

    def compose(self) -> ComposeResult:
        """Compose a line for each value, and the keys."""
        with Vertical() as box:
            box.border_title = self._title
            with VerticalScroll(can_focus=False):
                for _ in self._fields:
                    with Horizontal():
                        yield StaticText()
                        yield LineInput(select_on_focus=False)
            yield StaticText(id="form-state")
            yield ButtonBar(id="form-keys")

    def on_mount(self) -> None:
        """Fill in the values of the sample."""
        for field, line in zip(self._fields, self.query(LineInput), strict=True):
            line.value = field.text
        keys = [("↑↓", "move", "app.focus_next"), ("enter", "send", "screen.send"), ("esc", "back", "screen.dismiss")]
        self.query_one(ButtonBar).show([button(*key) for key in keys])
        self.set_focus(self.query(LineInput).first() if self._fields else None)

    def on_resize(self) -> None:
        """Name the values, in as much room as they leave."""
        labels = [cell_text.clean(field.label) for field in self._fields]
        room = min(max(map(cell_text.width, labels), default=0), self.size.width * 2 // 5, _LONGEST_LABEL)
        for label, words in zip(labels, self.query("Horizontal > StaticText").results(StaticText), strict=True):
            words.styles.width = room + 2
            words.show([(Tone.KEY, _end(label, room))])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        event.stop()
        self.action_send()

    def action_send(self) -> None:
        """Return the body, or show what is wrong with a value."""
        lines = (line.value for line in self.query(LineInput))
        typed = {field.path: text for field, text in zip(self._fields, lines, strict=True)}
        try:
            self.dismiss(wire.encode(filled(self._payload, self._fields, typed)))
        except ValueError as error:
            message = cell_text.clean(str(error))
            self.query_one("#form-state", StaticText).show([(Tone.BAD, "✗ "), (Tone.TEXT, message)])


def _end(label: str, room: int) -> str:
    """Return as much of the end of a path as there is room for: beginnings are often the same."""
    return cell_text.cut(label[::-1], room)[::-1]
