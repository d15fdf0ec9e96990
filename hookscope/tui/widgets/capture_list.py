"""The list of captures: paints the rows of a timeline that are on the screen, and no others."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message
from textual.scrollbar import ScrollTo
from textual.strip import Strip

from hookscope.errors import HookscopeError
from hookscope.model.capture_id import EventRef
from hookscope.tui import cell_text, theme
from hookscope.tui.key_bindings import bindings
from hookscope.tui.render import capture_row
from hookscope.tui.render.columns import Columns, columns
from hookscope.tui.render.row_strips import RowStrips
from hookscope.tui.theme import Tone
from hookscope.tui.widgets.row_view import RowView
from hookscope.views.actions import KeyScope
from hookscope.views.timeline import Timeline


class CaptureList(RowView, can_focus=True):
    """Moves through a timeline and posts `Moved`; the timeline itself knows which row is selected."""

    DEFAULT_CSS = """
    CaptureList { background: $background; scrollbar-size-vertical: 1; overflow-x: hidden; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(KeyScope.LIST)]

    class Moved(Message):
        """Another row is selected, the list is no longer followed, or its size has changed."""

    class Opened(Message):
        """The details of the selected row are requested."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline
        self._moment: capture_row.Moment | None = None
        self._forwarding = False
        self._height = 0
        self._strips: RowStrips | None = None
        self._shown: dict[int, Strip] = {}
        """The lines of the screen as they were given to Textual."""

    @property
    def shape(self) -> Columns:
        """The columns that fit."""
        return columns(self.size.width - 1, forwarding=self._forwarding, newest=self._timeline.newest)

    @property
    def day(self) -> date | None:
        """The day of the first row in view, unless it is today."""
        day = self._timeline.day(round(self.scroll_offset.y))
        return None if self._moment is None or day == self._moment.today.date() else day

    def show(self, moment: capture_row.Moment, *, forwarding: bool) -> None:
        """Paint the timeline as it is now."""
        self._moment, self._forwarding = moment, forwarding
        self.paint()

    def paint(self) -> None:
        """Paint the rows that look different now, and keep the newest one in sight while it is followed."""
        self._measure()
        if self._timeline.following:
            self._scroll(self._timeline.count)
        self._refresh_changed()

    def _measure(self) -> None:
        self.measure(max(self.size.width - 1, 0), self._timeline.count)

    def _refresh_changed(self) -> None:
        """Render only the lines that look different now."""
        width, height = self.size
        changed = [y for y, strip in enumerate(self._lines(range(height))) if strip != self._shown.get(y)]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    def shift(self, rows: int) -> None:
        """Keep the view in place after `rows` were put before the first."""
        position = self.scroll_offset.y
        self.paint()
        if not self._timeline.following:
            self._scroll(position + rows)

    def reveal(self) -> None:
        """Scroll as little as it takes to show the selected row."""
        if not self.is_attached:
            return
        self._measure()  # A filter that has ended leaves more rows than could be scrolled to.
        top, height, selected = self.scroll_offset.y, self.size.height, self._timeline.selected
        if selected < top:
            self._scroll(selected)
        elif selected >= top + height:
            self._scroll(selected - height + 1)
        self._refresh_changed()

    def render_line(self, y: int) -> Strip:
        """Render one line of the screen."""
        [self._shown[y]] = [strip] = self._lines(range(y, y + 1))
        return strip

    def _lines(self, lines: range) -> list[Strip]:
        """Return lines of the screen as they look now."""
        width, top, variables = self.size.width, self.scroll_offset.y, self.app.theme_variables
        plain = theme.styles(variables, "background")
        if self._moment is None:
            return [Strip.blank(width, plain[Tone.TEXT])] * len(lines)
        selected = theme.styles(variables, "selected" if self.has_focus else "selected-blurred")
        strips = self._strips_of(self._moment, width)
        return [self._row(strips, top + y, selected if top + y == self._timeline.selected else plain) for y in lines]

    def _row(self, strips: RowStrips, number: int, styles: Mapping[Tone, Style]) -> Strip:
        timeline = self._timeline
        if number == 0 and timeline.is_narrowed and not timeline.count:
            return strips.rendered([(Tone.FAINT, "  no capture matches")], styles)
        if number >= timeline.count:
            return strips.rendered([(Tone.TEXT, " ")], styles)
        is_selected = number == timeline.selected
        try:
            return strips.row(timeline.row(number), styles, is_selected=is_selected)
        except HookscopeError as error:
            failed = [(Tone.BAD, f" {cell_text.clean(error.message)}")]
            return strips.rendered(failed, styles, is_selected=is_selected)

    def _strips_of(self, moment: capture_row.Moment, width: int) -> RowStrips:
        """Return the rows as they were rendered last; none if they would look different now."""
        context = self.shape, moment, width
        if self._strips is None or not self._strips.fit(*context):
            self._strips = RowStrips(*context)
        return self._strips

    def on_resize(self, event: events.Resize) -> None:
        """Keep the rows in place on the screen when a line above them comes or goes."""
        grown, self._height = event.size.height - self._height, event.size.height
        self.paint()
        if not self._timeline.following:
            self._scroll(self.scroll_offset.y - grown)
        self._moved()

    def on_click(self, event: events.Click) -> None:
        """Select the row; a second click opens it."""
        number = event.y + self.scroll_offset.y
        if number < self._timeline.count:
            self._timeline.select(number)
            self._moved()
            if event.chain > 1:
                self.action_open()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Return to the newest row while it is followed: after a layout Textual scrolls to where it was before."""
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and self._timeline.following and new_value < self.max_scroll_y:
            self.call_later(self.paint)

    def on_mouse_scroll_up(self) -> None:
        """Stop following when the user scrolls back: the list must not run on."""
        self._hold(self.scroll_y - 1)

    def on_scroll_up(self) -> None:
        """Stop following: the user has clicked on the scrollbar above its thumb."""
        self._hold(self.scroll_y - 1)

    def on_scroll_to(self, message: ScrollTo) -> None:
        """Stop following when the user drags the scrollbar's thumb back."""
        if message.y is not None:
            self._hold(message.y)

    def _hold(self, y: float) -> None:
        """Stop following if the user is about to scroll back to there."""
        if 0 <= y < self.scroll_y and self._timeline.following:
            self.hold()

    def follow(self) -> None:
        """Select the newest row, now and whenever one comes."""
        self._timeline.follow()
        self.post_message(self.Moved())

    def hold(self) -> None:
        """Stay at the selected row."""
        self._timeline.hold()
        self.post_message(self.Moved())

    def go_to(self, ref: EventRef) -> None:
        """Select the row of a capture or an event."""
        self._timeline.hold()
        self._timeline.select(self._timeline.find(*ref))
        self._moved()

    def pause(self) -> None:
        """Freeze the rows, or show what has come since."""
        self._timeline.pause(not self._timeline.paused)
        self.post_message(self.Moved())

    def action_move(self, rows: int) -> None:
        """Select the row that is `rows` further down."""
        self._timeline.move(rows)
        self._moved()

    def action_page(self, direction: int) -> None:
        """Go on by a screen."""
        self.action_move(direction * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        """Select the oldest row."""
        self._timeline.select(0)
        self._moved()

    def action_fold(self) -> None:
        """Fold the batch or the statuses in the selected row."""
        self._change_rows(self._timeline.fold)

    def action_unfold(self) -> None:
        """Show what is folded below the selected row."""
        self._change_rows(self._timeline.unfold)

    def _change_rows(self, change: Callable[[], bool]) -> None:
        """Change the rows below the selected one, which stays where it is on the screen if it can."""
        try:
            above = self._timeline.selected - self.scroll_offset.y
            if change():
                self.paint()
                self._scroll(round(self._timeline.selected - max(above, 0)))
                self._moved()
        except HookscopeError:
            self.paint()  # The row says what failed.

    def action_open(self) -> None:
        """Ask for the details."""
        if self._timeline.count:
            self.post_message(self.Opened())

    def _moved(self) -> None:
        self.reveal()
        self.post_message(self.Moved())

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=max(min(y, self.max_scroll_y), 0), animate=False, force=True, immediate=True)
