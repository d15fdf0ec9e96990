"""Showing the event stream on stdout and stderr: of this process's run, or of one that it is attached to."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar

from hookscope.capture.feed import Subscriber
from hookscope.cli import output
from hookscope.cli.writer import StdoutWriter
from hookscope.errors import HookscopeError
from hookscope.settings import Output
from hookscope.views import stream
from hookscope.views.plain import plain_lines, progress_line

_AT_ONCE = 32
"""Objects made, or made into text, before other tasks have their turn: the receiver must not wait for the screen."""

_TOGETHER = 512
_PAUSE_SECONDS = 0.02
"""What comes in so short a time is written together, up to so many objects: each write costs two changes of thread."""

_T = TypeVar("_T")


async def show(batches: AsyncIterator[Sequence[Mapping[str, Any]]], mode: Output) -> HookscopeError | None:
    """Show the stream's objects as they come, until they end or stdout does; the error when it cannot be written."""
    writer = StdoutWriter()
    try:
        async for values in batches:
            if lines := [line async for value in _in_turns(values) for line in _lines(value, mode)]:
                await writer.write("".join(f"{line}\n" for line in lines))
            if mode is Output.PLAIN:
                for progress in filter(None, map(progress_line, values)):
                    output.progress(progress)
    except OSError as error:
        return output.unwritable(error)
    return None


async def read_items(subscriber: Subscriber, mode: Output) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """The objects of a run's own feed, those together that came together.

    Lines for a person wait for the end of a burst, which nobody could read as it comes; other programs want each
    object at once.
    """
    while items := await subscriber.read():
        for first in range(0, len(items), _TOGETHER):
            together = items[first : first + _TOGETHER]
            yield [value async for item in _in_turns(together) if (value := stream.item_json(item))]
        await asyncio.sleep(_PAUSE_SECONDS)
        if mode is Output.PLAIN:
            await subscriber.outlast_burst()


async def _in_turns(values: Sequence[_T]) -> AsyncIterator[_T]:
    """The values, with a turn for other tasks after every few."""
    for number, value in enumerate(values, 1):
        yield value
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)


def _lines(value: Mapping[str, Any], mode: Output) -> list[str]:
    return [stream.line(value)] if mode is Output.JSON else plain_lines(value)
