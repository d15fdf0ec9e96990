"""Showing the event stream on stdout and stderr: of this process's run, or of one that it is attached to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from hookscope.capture.feed import Subscriber
from hookscope.cli import output
from hookscope.cli.writer import StdoutWriter
from hookscope.settings import Output
from hookscope.views import stream
from hookscope.views.plain import plain_lines, progress_line

_AT_ONCE = 16
"""Objects made into text before other tasks have their turn again: the receiver must not wait for the screen."""


async def show(objects: AsyncIterator[Mapping[str, Any]], mode: Output, gone: Callable[[], None]) -> None:
    """Show the stream's objects as they come until they end; `gone` is called when nobody reads stdout any more."""
    writer = StdoutWriter()
    try:
        async for value in objects:
            if lines := _lines(value, mode):
                await writer.write("".join(f"{line}\n" for line in lines))
            if mode is Output.PLAIN and (progress := progress_line(value)):
                output.progress(progress)
    except OSError:
        gone()


async def read_items(subscriber: Subscriber) -> AsyncIterator[Mapping[str, Any]]:
    """The objects of a run's own feed."""
    while items := await subscriber.read():
        for count, item in enumerate(items, 1):
            if value := stream.item_json(item):
                yield value
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)


def _lines(value: Mapping[str, Any], mode: Output) -> list[str]:
    return [stream.line(value)] if mode is Output.JSON else plain_lines(value)
