"""The items of the event stream as the lines of stdout."""

from hookscope.formats import event_stream
from hookscope.formats.plain_text import StreamItem, plain_lines
from hookscope.model.run_events import RunEvent
from hookscope.settings import Output


def item_lines(item: StreamItem, mode: Output) -> list[str]:
    """Return an item's lines, none for one that is not shown."""
    if mode is Output.PLAIN:
        return plain_lines(item)
    value = event_stream.event_to_json(item) if isinstance(item, RunEvent) else item
    return [event_stream.line(value)] if value else []
