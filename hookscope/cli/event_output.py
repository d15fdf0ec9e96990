"""Shows the event stream on stdout and stderr: the items of this process's run, or those of an attached one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from hookscope.cli import output
from hookscope.cli.event_progress import print_event
from hookscope.cli.line_helper import LineHelper
from hookscope.cli.stdout import StdoutWriter, while_read
from hookscope.errors import HookscopeError
from hookscope.formats.item_lines import item_lines
from hookscope.formats.plain_text import StreamItem
from hookscope.model.feed import Subscriber
from hookscope.model.run_events import PhaseChanged, RunEvent
from hookscope.settings import Output

_AT_ONCE = 32
"""Items made into text before other tasks have their turn: the receiver must not wait for the screen."""

_PAUSE_SECONDS = 0.02
"""Items that arrive within this time are written together: a write costs two thread switches."""


async def show(batches: AsyncIterator[Sequence[StreamItem]], mode: Output) -> HookscopeError | None:
    """Show items until they end or stdout does; return the error when that cannot be written."""
    writer = StdoutWriter()
    try:
        async with while_read():
            async for batch in batches:
                await _write(batch, mode, writer)
    except OSError as error:
        return output.unwritable(error)
    return None


async def show_run(subscriber: Subscriber, mode: Output) -> HookscopeError | None:
    """Show the items of this process's run, like `show`; under load another process makes their lines."""
    writer = StdoutWriter()
    try:
        async with while_read():
            with LineHelper(mode) as helper:
                async for batch in _read(subscriber, mode, helper):
                    if await helper.write(batch, writer):
                        _print_progress(batch, mode)
                    else:
                        await _write(batch, mode, writer)
    except OSError as error:
        return output.unwritable(error)
    return None


async def _read(subscriber: Subscriber, mode: Output, helper: LineHelper) -> AsyncIterator[Sequence[RunEvent]]:
    """Yield the items of a feed, in batches as they came.

    Lines for a person wait for the end of a burst, which nobody could read as it comes; other programs want each object
    at once. The steps of a start, for which somebody waits, are too few to be gathered.
    """
    has_started = False
    while items := await subscriber.read():
        yield items
        has_started = has_started or any(isinstance(item, PhaseChanged) for item in items)
        items.clear()  # Else they would be kept until the next ones come.
        if not has_started or subscriber.is_behind:
            continue
        await asyncio.sleep(_PAUSE_SECONDS)
        if mode is Output.PLAIN and not helper.is_working:
            await subscriber.outlast_burst()


async def _write(batch: Sequence[StreamItem], mode: Output, writer: StdoutWriter) -> None:
    if lines := [line async for item in _in_turns(batch) for line in item_lines(item, mode)]:
        await writer.write("".join(f"{line}\n" for line in lines))
    _print_progress(batch, mode)


def _print_progress(batch: Sequence[StreamItem], mode: Output) -> None:
    if mode is Output.PLAIN:
        for item in batch:
            print_event(item)


async def _in_turns(batch: Sequence[StreamItem]) -> AsyncIterator[StreamItem]:
    """Yield the items of a batch, giving other tasks a turn after every few."""
    for number, item in enumerate(batch, 1):
        yield item
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
