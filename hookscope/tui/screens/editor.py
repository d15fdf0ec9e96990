"""The dialog to edit a body, checked while it is typed."""

import re
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import TextArea

from hookscope.body_editor import EditableBody
from hookscope.tui import cell_text, theme
from hookscope.tui.screens.dialogs import BOX, button
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.widgets.ordered_keys import OrderedKeys
from hookscope.tui.widgets.text import ButtonBar, StaticText

_TOKENS = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*"?)|(?P<number>-?\d[\d.eE+-]*)'
    r"|(?P<word>true|false|null)|(?P<mark>[{}\[\],:])"
)
_TONES = {"key": Tone.KEY, "string": Tone.STRING, "number": Tone.NUMBER, "word": Tone.WORD, "mark": Tone.MUTED}
_PLACE = re.compile(r"line (\d+), column (\d+)")


class _Body(OrderedKeys, TextArea):
    """The text; JSON is colored line by line."""

    def get_line(self, line_index: int) -> Text:
        """Return a line with its colors."""
        line = super().get_line(line_index)
        styles = theme.styles(self.app.theme_variables)
        for found in _TOKENS.finditer(line.plain):
            line.stylize(styles[_TONES[found.lastgroup or "mark"]], found.start(), found.end())
        return line


class BodyEditor(ModalScreen[bytes | None]):
    """Returns the edited body, the same bytes if nothing was changed, or None if the user gave up."""

    DEFAULT_CSS = f"""
    BodyEditor {{ {BOX}
        & > Vertical {{ width: 96%; max-width: 140; height: 94%; max-height: 100%; padding: 0 1; }}
        & TextArea, & TextArea:focus {{ border: none; padding: 0; height: 1fr; background: $surface; }}
        & #edit-state {{ max-height: 3; padding: 0; margin: 1 0 0 0; }}
        & ButtonBar {{ padding: 0; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
    ]

    def __init__(self, title: str, body: bytes) -> None:
        super().__init__()
        self._title = title
        self._body = EditableBody.of(body)
        self._shown = self._body.shown.decode("utf-8")
        self._asked = False

    def compose(self) -> ComposeResult:
        """Compose the dialog with the text, its state, and the keys."""
        with Vertical() as box:
            box.border_title = self._title
            yield _Body(self._shown, tab_behavior="indent", show_line_numbers=True, theme="css")
            yield StaticText(id="edit-state")
            yield ButtonBar(id="edit-keys")

    def on_mount(self) -> None:
        """Show that nothing is changed yet."""
        self._tell()
        keys = [button("ctrl+s", "send, signed again", "screen.send"), button("esc", "back", "screen.leave")]
        self.query_one(ButtonBar).show(keys)

    @property
    def _typed(self) -> str:
        return self.query_one(_Body).text

    @on(TextArea.Changed)
    def _tell(self) -> None:
        """Show whether the text can be sent, and if not, the position of its error."""
        self._asked = False
        self._say(self._state())

    def _state(self) -> Pieces:
        if self._typed == self._shown:
            return [(Tone.MUTED, "· not changed yet")]
        try:
            self._read()
        except ValueError as error:
            return [(Tone.BAD, "✗ "), (Tone.TEXT, cell_text.clean(str(error)))]
        return [(Tone.OK, "✓ "), (Tone.TEXT, "valid JSON" if self._body.is_json else "text, sent as it is")]

    def _say(self, pieces: Pieces) -> None:
        self.query_one("#edit-state", StaticText).show(pieces)

    def _read(self) -> bytes:
        return self._body.read(self._typed.encode("utf-8", "surrogatepass"))

    def action_send(self) -> None:
        """Return the body, or go to the error."""
        try:
            self.dismiss(self._read())
        except ValueError as error:
            if place := _PLACE.search(str(error)):
                self.query_one(_Body).move_cursor((int(place[1]) - 1, int(place[2]) - 1))

    def action_leave(self) -> None:
        """Give up; if something was typed, only when pressed again."""
        if self._asked or self._typed == self._shown:
            self.dismiss(None)
            return
        self._asked = True
        self._say([(Tone.WARN, "! "), (Tone.TEXT, "esc again discards what you typed; "), *self._state()])
