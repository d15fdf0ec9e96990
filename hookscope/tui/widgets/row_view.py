"""A view of rows that are painted only as far as they are on the screen."""

from textual.geometry import Size
from textual.scroll_view import ScrollView


class RowView(ScrollView):
    """Keeps scrolling and its scrollbar right when the number of rows changes often."""

    def measure(self, width: int, rows: int) -> None:
        """Tell Textual the number of rows, and the scrollbar.

        A layout of the whole screen has to follow only if the scrollbar comes or goes, or if the view would be beyond
        the last row.
        """
        size, known, height = Size(width, rows), self.virtual_size, self.size.height
        if size == known:
            return
        keeps_scrollbar = (rows > height) == (known.height > height)
        if size.width == known.width and keeps_scrollbar and self.scroll_offset.y <= max(rows - height, 0):
            self.set_reactive(ScrollView.virtual_size, size)
        else:
            self.virtual_size = size
        self.vertical_scrollbar.window_virtual_size = rows  # Else the layout would find nothing changed.

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Keep the scrollbar in place, also while it is not shown yet."""
        super().watch_scroll_y(old_value, new_value)
        self.vertical_scrollbar.position = new_value
