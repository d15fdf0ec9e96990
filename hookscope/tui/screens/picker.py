"""A list to choose from, which narrows as the user types."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec import Struct
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import Input

from hookscope.tui import cell_text
from hookscope.tui.screens.dialogs import BOX, button, close_beside
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.widgets.ordered_keys import LineInput
from hookscope.tui.widgets.text import ButtonBar

_FRAME_ROWS = 8
"""Of the box: its border, the line to type into, the keys, and the blank lines between them."""

_MARGIN = 2


class Option(Struct, frozen=True, kw_only=True):
    """Something to choose: its name, which is the answer, and its description."""

    name: str
    about: str


class _Options(Widget):
    """The options around the selected one."""

    DEFAULT_CSS = "_Options { height: 3; }"

    class Picked(Message):
        """The selected option was clicked on."""

    def __init__(self) -> None:
        super().__init__()
        self.options: Sequence[Option] = ()
        self.selected = 0
        self._top = 0

    def show(self, options: Sequence[Option]) -> None:
        """Show other options, with the first of them selected."""
        self.options, self.selected = options, 0
        self.refresh()

    def move(self, rows: int) -> None:
        """Select the option that is `rows` further down."""
        self.selected = max(min(self.selected + rows, len(self.options) - 1), 0)
        self.refresh()

    def render(self) -> VisualType:
        """Render as many options as there is room for."""
        if not self.options:
            return Content.styled("  nothing matches", f"${Tone.MUTED}")
        width, height = self.size
        self._top = max(min(self._top, self.selected, len(self.options) - height), self.selected - height + 1, 0)
        shown = self.options[self._top : self._top + height]
        name = min(max(cell_text.width(option.name) for option in self.options), width * 11 // 20)
        lines = (self._line(option, name, width, self._top + n == self.selected) for n, option in enumerate(shown))
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        """Select the option that was clicked on; choose one that is selected already."""
        number = self._top + event.y
        if number < len(self.options):
            is_meant, self.selected = number == self.selected, number
            self.refresh()
            if is_meant:
                self.post_message(self.Picked())

    def on_mouse_scroll_down(self) -> None:
        """Move on with the wheel."""
        self.move(1)

    def on_mouse_scroll_up(self) -> None:
        """Move back with the wheel."""
        self.move(-1)

    def _line(self, option: Option, name: int, width: int, is_selected: bool) -> Content:
        about = cell_text.pad(cell_text.clean(option.about), max(width - name - 2 * _MARGIN, 0))
        pieces: Pieces = [
            (Tone.ACCENT, "▌ " if is_selected else "  "),
            (
                Tone.STRONG if is_selected else Tone.TEXT,
                cell_text.pad(_fitting(cell_text.clean(option.name), name), name),
            ),
            (Tone.TEXT if is_selected else Tone.MUTED, f"  {about}"),
        ]
        ground = " on $selected" if is_selected else ""
        return Content.assemble(*((text, f"${tone}{ground}") for tone, text in pieces))


def _fitting(name: str, columns: int) -> str:
    """Return a name whose first part is shortened when there is no room: the others say more."""
    first, dot, rest = name.partition(".")
    over = cell_text.width(name) - columns
    return f"{cell_text.cut(first, max(cell_text.width(first) - over, 3))}{dot}{rest}" if over > 0 and dot else name


class Picker(ModalScreen[str | None]):
    """Asks for one of the options; `search` returns those that match a text, all for an empty one.

    `other` labels a second way to answer, with `f2`; `is_other` is true if it was chosen.
    """

    DEFAULT_CSS = f"""
    Picker {{ {BOX}
        & Input, & Input:focus {{ border: none; height: 1; margin: 0 0 1 0; background: $panel; padding: 0 1; }}
        & ButtonBar {{ margin: 1 0 0 0; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", show=False),
        Binding("down,ctrl+n,tab", "move(1)", show=False),
        Binding("up,ctrl+p,shift+tab", "move(-1)", show=False, priority=True),
        Binding("f2", "pick_other", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
    ]

    def __init__(
        self, title: str, search: Callable[[str], Sequence[Option]], *, doing: str, other: str | None = None
    ) -> None:
        super().__init__()
        self._other, self.is_other = other, False
        self._title, self._search, self._doing = title, search, doing
        self._typed = ""

    def compose(self) -> ComposeResult:
        """Compose a box with a line to type into, and the list."""
        with Vertical() as box:
            box.border_title = self._title
            yield LineInput(placeholder="type to search")
            yield _Options()
            yield ButtonBar(id="picker-keys")

    def on_mount(self) -> None:
        """Fill it."""
        self._show("")
        self._measure()
        keys = [
            button("↑↓", "move", "screen.move(1)"),
            button("enter", self._doing, "screen.pick"),
            *([button("f2", self._other, "screen.pick_other")] if self._other else []),
            button("esc", "back", "screen.dismiss"),
        ]
        self.query_one(ButtonBar).show(keys)

    def on_resize(self) -> None:
        """Give the list the room that the screen leaves."""
        self._measure()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        self._show(event.value)

    def on_input_submitted(self) -> None:
        """Answer."""
        self.action_pick()

    def on__options_picked(self) -> None:
        """Answer."""
        self.action_pick()

    def action_move(self, rows: int) -> None:
        """Select another option."""
        self.query_one(_Options).move(rows)

    def action_page(self, direction: int) -> None:
        """Go on by a page."""
        options = self.query_one(_Options)
        options.move(direction * max(options.size.height - 1, 1))

    def action_pick_other(self) -> None:
        """Return the selected option with `is_other`."""
        self.is_other = self._other is not None
        if self.is_other:
            self.action_pick()

    def action_pick(self) -> None:
        """Return the selected option, if any, of those that match the present text."""
        if (typed := self.query_one(LineInput).value) != self._typed:
            self._show(typed)
        options = self.query_one(_Options)
        if options.options:
            self.dismiss(options.options[options.selected].name)

    def on_click(self, event: events.Click) -> None:
        """Close on a click outside the box."""
        close_beside(self, event)

    def _show(self, text: str) -> None:
        self._typed = text
        found = self._search(text)
        self.query_one(_Options).show(found)
        of_all = f" of {self._count:,}" if text else ""
        self.query_one(Vertical).border_subtitle = f"{len(found):,}{of_all}"

    @property
    def _count(self) -> int:
        return len(self._search(""))

    def _measure(self) -> None:
        room = self.app.size.height * 9 // 10 - _FRAME_ROWS
        self.query_one(_Options).styles.height = max(min(self._count, room), 3)
