"""Asks where an export goes: into a file, or onto the clipboard."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from hookscope.tui.dialogs import Ask, button
from hookscope.tui.exporting import check_name
from hookscope.tui.render.footer import Button


class Destination(Ask):
    """Answers with the name of a file that is not there yet, or with COPY."""

    COPY = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+y", "copy", show=False)]

    def __init__(self, title: str, name: str, *, can_copy: bool) -> None:
        hint = "A file in the current folder. Tokens and passwords are taken out."
        super().__init__(title, hint, name, check_name, example="name of a file", doing="write file")
        self._can_copy = can_copy

    @property
    def keys(self) -> list[Button]:
        """What there is to do."""
        enter, back = super().keys
        return [enter, button("ctrl+y", "copy it", "screen.copy"), back] if self._can_copy else [enter, back]

    def action_copy(self) -> None:
        """Answer that it goes onto the clipboard."""
        if self._can_copy:
            self.dismiss(self.COPY)
