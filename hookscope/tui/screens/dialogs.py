"""Overlays: a sheet to read, and the questions."""

from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen

from hookscope.errors import HookscopeError
from hookscope.tui.render.failure import failure_lines
from hookscope.tui.render.footer import Button
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import ViewState
from hookscope.tui.widgets.ordered_keys import LineInput
from hookscope.tui.widgets.text import ButtonBar, StateText, StaticText, Writer

BOX = """
    align: center middle;
    background: $background 60%;
    & > Vertical {
        width: 90%; max-width: 96; height: auto; max-height: 90%;
        background: $surface; border: round $primary; border-title-color: $strong;
        border-subtitle-color: $primary; padding: 1 1 0 1;
    }
"""


class Overlay(ModalScreen[None]):
    """Text to read, kept up to date with the state; scrolls when it is long."""

    DEFAULT_CSS = (
        f"Overlay {{ {BOX} & VerticalScroll {{ height: auto; max-height: 100%; scrollbar-size-vertical: 1; }} }}"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,i,question_mark,f1", "dismiss", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("g,home", "scroll(-1000000)", show=False),
        Binding("G,end", "scroll(1000000)", show=False),
    ]

    def __init__(self, title: str, writer: Writer, state: ViewState) -> None:
        super().__init__()
        self._title = title
        self._words = StateText(writer, id="sheet")
        self._state = state

    def compose(self) -> ComposeResult:
        """Compose a box with the text."""
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = "esc back"
            with VerticalScroll():
                yield self._words

    def on_mount(self) -> None:
        """Fill it."""
        self.show(self._state)

    def show(self, state: ViewState) -> None:
        """Paint another state."""
        self._words.show(state)

    def action_scroll(self, rows: int) -> None:
        """Scroll the text."""
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False, immediate=True)

    def action_page(self, direction: int) -> None:
        """Scroll by a screen."""
        self.action_scroll(direction * max(self.query_one(VerticalScroll).size.height - 1, 1))

    def on_click(self, event: events.Click) -> None:
        """Close on a click outside the box."""
        close_beside(self, event)


class InputDialog(ModalScreen[str | None]):
    """Asks for a line of text until `check` accepts it; `check` raises HookscopeError for an invalid one."""

    DEFAULT_CSS = f"""
    InputDialog {{ {BOX}
        & Input, & Input:focus {{ border: none; height: 1; margin: 1 0; background: $panel; padding: 0 1; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", show=False)]

    def __init__(
        self,
        title: str,
        hint: str,
        value: str,
        check: Callable[[str], str],
        *,
        example: str = "3000",
        doing: str = "send",
    ) -> None:
        super().__init__()
        self._title, self._hint, self._value, self._check = title, hint, value, check
        self._example, self._doing = example, doing

    def compose(self) -> ComposeResult:
        """Compose a box with the question and a line to fill in."""
        with Vertical() as box:
            box.border_title = self._title
            yield StaticText()
            yield LineInput(self._value, placeholder=self._example, select_on_focus=True)
            yield ButtonBar(id="ask-keys")

    def on_mount(self) -> None:
        """Show the question."""
        self.query_one(StaticText).show([(Tone.MUTED, self._hint)])
        self.query_one(ButtonBar).show(self.keys)

    @property
    def keys(self) -> list[Button]:
        """The available keys."""
        return [button("enter", self._doing, "screen.submit"), button("esc", "back", "screen.dismiss")]

    def on_input_submitted(self) -> None:
        """Accept the answer, or say what is wrong with it."""
        self.action_submit()

    def action_submit(self) -> None:
        """Accept the answer, or say what is wrong with it."""
        try:
            self.dismiss(self._check(self.query_one(LineInput).value))
        except HookscopeError as error:
            self.query_one(StaticText).show(failure_lines(error))

    def on_click(self, event: events.Click) -> None:
        """Close on a click outside the box."""
        close_beside(self, event)


class ConfirmDialog(ModalScreen[bool]):
    """Asks before something irreversible; no single letter confirms it, nor does a key that is held down."""

    DEFAULT_CSS = f"ConfirmDialog {{ {BOX} & > Vertical {{ max-width: 72; border: round $error; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", show=False),
        Binding("escape,q", "answer(False)", show=False),
    ]

    def __init__(self, title: str, message: Pieces, doing: str, *, otherwise: str = "keep it") -> None:
        super().__init__()
        self._title, self._message, self._doing, self._otherwise = title, message, doing, otherwise

    def compose(self) -> ComposeResult:
        """Compose a box with the question and the two answers."""
        with Vertical() as box:
            box.border_title = self._title
            yield StaticText()
            yield StaticText()
            yield ButtonBar(id="confirm-keys")

    def on_mount(self) -> None:
        """Fill it."""
        self.query(StaticText).first().show(self._message)
        self.query(StaticText).last().show([(Tone.TEXT, " ")])
        keys = [
            button("enter", self._doing, "screen.answer(True)"),
            button("esc", self._otherwise, "screen.answer(False)"),
        ]
        self.query_one(ButtonBar).show(keys)

    def action_answer(self, sure: bool) -> None:
        """Answer."""
        self.dismiss(sure)

    def on_click(self, event: events.Click) -> None:
        """Close on a click outside the box."""
        if event.widget is self:
            self.dismiss(False)


class Choice(StrEnum):
    """The meaning of leaving an attached view."""

    VIEW = "view"
    STOP = "stop"
    STAY = "stay"


class QuitDialog(ModalScreen[Choice]):
    """Asks what to end: a view that is attached to a run is not the run."""

    DEFAULT_CSS = f"QuitDialog {{ {BOX} & > Vertical {{ max-width: 60; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v,enter", "choose('view')", show=False),
        Binding("s", "choose('stop')", show=False),
        Binding("escape,q", "choose('stay')", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Compose a box with the three answers."""
        with Vertical() as box:
            box.border_title = "Leave"
            yield StaticText()
            for choice in Choice:
                yield ButtonBar(id=f"leave-{choice}")
            yield StaticText()

    def on_mount(self) -> None:
        """Fill it."""
        self.query(StaticText).first().show([(Tone.TEXT, "The run continues without this view.\n")])
        ways = {
            Choice.VIEW: ("v", "close this view only"),
            Choice.STOP: ("s", "stop the run and put everything back"),
            Choice.STAY: ("esc", "stay"),
        }
        for choice, (key, label) in ways.items():
            self.query_one(f"#leave-{choice}", ButtonBar).show(
                [button(f"{key:>3}", label, f"screen.choose('{choice}')")]
            )
        self.query(StaticText).last().show([(Tone.TEXT, " ")])

    def action_choose(self, choice: str) -> None:
        """Answer."""
        self.dismiss(Choice(choice))


def button(key: str, label: str, action: str) -> Button:
    """Return a button with a key and its meaning."""
    return Button(pieces=[(Tone.ACCENT, key), (Tone.TEXT, f" {label}")], action=action)


def close_beside(screen: ModalScreen[None] | ModalScreen[str | None], event: events.Click) -> None:
    """Close a dialog when its background is clicked."""
    if event.widget is screen:
        screen.dismiss(None)


class ExportDestinationDialog(InputDialog):
    """Answers with the name of a file that does not exist yet, or with COPY."""

    COPY = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+y", "copy", show=False)]

    def __init__(self, title: str, name: str, *, can_copy: bool) -> None:
        from hookscope.services.export import check_new_file  # Not needed before the first picture, as most exporters.

        hint = "A file in the current folder. Tokens and passwords are removed."
        super().__init__(title, hint, name, check_new_file, example="file name", doing="write file")
        self._can_copy = can_copy

    @property
    def keys(self) -> list[Button]:
        """The available keys."""
        enter, back = super().keys
        return [enter, button("ctrl+y", "copy it", "screen.copy"), back] if self._can_copy else [enter, back]

    def action_copy(self) -> None:
        """Answer that it goes to the clipboard."""
        if self._can_copy:
            self.dismiss(self.COPY)
