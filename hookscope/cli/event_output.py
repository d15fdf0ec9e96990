"""Shows the event stream on stdout and stderr: the items of this process's run, or those of an attached one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from hookscope.cli import output
from hookscope.cli.stdout import StdoutWriter
from hookscope.errors import HookscopeError
from hookscope.formats import event_stream
from hookscope.formats.plain_text import StreamItem, plain_lines, progress_line
from hookscope.model.feed import Subscriber
from hookscope.model.run_events import RunEvent
from hookscope.settings import Output

_AT_ONCE = 32
"""Items made into text before other tasks have their turn: the receiver must not wait for the screen."""

_TOGETHER = 512
_PAUSE_SECONDS = 0.02
"""Items that arrive within this time are written together, up to this many: a write costs two thread switches."""


async def show(batches: AsyncIterator[Sequence[StreamItem]], mode: Output) -> HookscopeError | None:
    """Show items until they end or stdout does; return the error when that cannot be written."""
    writer = StdoutWriter()
    try:
        async for batch in batches:
            if lines := [line async for item in _in_turns(batch) for line in _lines(item, mode)]:
                await writer.write("".join(f"{line}\n" for line in lines))
            if mode is Output.PLAIN:
                for progress in filter(None, map(progress_line, batch)):
                    output.print_progress(progress)
    except OSError as error:
        return output.unwritable(error)
    return None


async def read_items(subscriber: Subscriber, mode: Output) -> AsyncIterator[Sequence[RunEvent]]:
    """Yield the items of a run's own feed, in batches as they came.

    Lines for a person wait for the end of a burst, which nobody could read as it comes; other programs want each object
    at once.
    """
    while items := await subscriber.read():
        for first in range(0, len(items), _TOGETHER):
            yield items[first : first + _TOGETHER]
        await asyncio.sleep(_PAUSE_SECONDS)
        if mode is Output.PLAIN:
            await subscriber.outlast_burst()


async def _in_turns(batch: Sequence[StreamItem]) -> AsyncIterator[StreamItem]:
    """Yield the items of a batch, giving other tasks a turn after every few."""
    for number, item in enumerate(batch, 1):
        yield item
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)


def _lines(item: StreamItem, mode: Output) -> list[str]:
    if mode is Output.PLAIN:
        return plain_lines(item)
    value = event_stream.event_to_json(item) if isinstance(item, RunEvent) else item
    return [event_stream.line(value)] if value else []
