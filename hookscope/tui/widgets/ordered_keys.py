"""Input widgets that edit in the order of the keys."""

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.widget import Widget

    _Base = Widget
else:
    _Base = object


class OrderedKeys(_Base):
    """Carries out a widget's own editing keys at once.

    Textual carries out a key's binding when the key has bubbled to the application. On a busy machine, a letter typed
    right after `ctrl+u` is in the line before that, and would be deleted, too.
    """

    async def _on_key(self, event: events.Key) -> None:
        bindings = self._bindings.key_to_bindings.get(event.key)
        if bindings and not event.is_printable:
            event.stop()
            event.prevent_default()
            await self.run_action(bindings[0].action)


class LineInput(OrderedKeys, Input):
    """A line of text."""
