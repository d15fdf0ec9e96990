"""Widgets that render text: text that follows from the state, other text, and a line of buttons."""

from collections.abc import Callable, Sequence

from textual import events
from textual.geometry import Size
from textual.visual import VisualType
from textual.widget import Widget

from hookscope.tui.render.footer import Button
from hookscope.tui.theme import Pieces, content, extent
from hookscope.tui.view_state import ViewState

Writer = Callable[[ViewState, int], Pieces]
"""Words for a state and a width in cells."""


def _refresh(widget: Widget, pieces: Pieces) -> None:
    """Render changed text; lay out the screen again only if the text takes another number of cells or lines."""
    styles, size = widget.styles, widget.content_size
    fits = size.width and not styles.is_auto_width
    if fits and styles.is_auto_height:
        fits = content(pieces).get_height(styles.get_rules(), size.width) == size.height
    widget.refresh(layout=not fits)


class StateText(Widget):
    """Renders the state through a writer; hidden while there is nothing to say."""

    DEFAULT_CSS = """
    StateText { height: auto; width: 1fr; padding: 0 1; }
    """

    def __init__(self, writer: Writer, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._writer = writer
        self._state: ViewState | None = None
        self._pieces: Pieces = []
        self.display = False

    def show(self, state: ViewState) -> None:
        """Paint another state, if that makes a difference."""
        self._state = state
        self._write()

    def render(self) -> VisualType:
        """Render the text for the state."""
        return content(self._pieces)

    def on_resize(self) -> None:
        """Adapt the text to another width."""
        self._write()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the rows of the text at `width`: the rendered one may still be for another."""
        return content(self._said(width)).get_height(self.styles.get_rules(), width) if width else 0

    def _said(self, width: int) -> Pieces:
        return self._writer(self._state, width) if self._state else []

    def _write(self) -> None:
        pieces = self._said(self.content_size.width or self.app.size.width - 2)
        if pieces != self._pieces:
            self._pieces = pieces
            self.display = bool(pieces)
            _refresh(self, pieces)


class StaticText(Widget):
    """Renders the text that it was given last."""

    DEFAULT_CSS = "StaticText { height: auto; padding: 0 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._pieces: Pieces = []

    def show(self, pieces: Pieces) -> None:
        """Paint another text."""
        if pieces != self._pieces:
            self._pieces = pieces
            _refresh(self, pieces)

    def render(self) -> VisualType:
        """Render the text."""
        return content(self._pieces)


class ButtonBar(Widget):
    """A line of buttons, as many as there is room for."""

    DEFAULT_CSS = """
    ButtonBar { height: 1; width: 1fr; padding: 0 1; }
    """

    def __init__(self, *, id: str, gap: int = 2) -> None:  # noqa: A002
        super().__init__(id=id)
        self._gap = gap
        self._buttons: tuple[Button, ...] = ()

    def show(self, buttons: Sequence[Button]) -> None:
        """Paint other buttons."""
        if self._buttons != tuple(buttons):
            self._buttons = tuple(buttons)
            self.refresh()

    def render(self) -> VisualType:
        """Render the buttons that fit."""
        pieces: Pieces = []
        for _, button in self._places():
            pieces += [*button.pieces, (button.pieces[0][0], " " * self._gap)]
        return content(pieces[:-1])

    async def on_click(self, event: events.Click) -> None:
        """Run the button that was clicked."""
        at = event.x - self.styles.padding.left
        for start, button in self._places():
            if start <= at < start + extent(button.pieces):
                await self.app.run_action(button.action)

    def _places(self) -> list[tuple[int, Button]]:
        room = self.content_size.width
        kept = list(self._buttons)
        while kept and sum(extent(button.pieces) + self._gap for button in kept) - self._gap > room:
            kept.remove(min(kept, key=lambda button: button.rank))
        places, at = [], 0
        for button in kept:
            places.append((at, button))
            at += extent(button.pieces) + self._gap
        return places
