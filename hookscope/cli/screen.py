"""stdout of a command that sends many: what became of each, as JSON or as lines."""

import asyncio
from collections.abc import Callable, Sequence

from hookscope.cli import output
from hookscope.cli.bar import EACH_SHOWN, Bar
from hookscope.cli.writer import StdoutWriter
from hookscope.formats import event_stream
from hookscope.formats.plain_text import plain_lines
from hookscope.model.record import Capture, Delivery
from hookscope.model.run_events import Captured, Delivered
from hookscope.outbound.replay.stats import Tally


class Screen:
    """Counts and shows what was sent of so many that are `planned`; lines tell of the captures too if asked.

    Of many, a person who sees the bar is shown only those that failed. `abandon` is called when stdout cannot be
    written any more; from then on nothing is shown.
    """

    def __init__(
        self, bar: Bar, *, planned: int, as_json: bool, abandon: Callable[[], None], with_captures: bool = False
    ) -> None:
        self.tally = Tally()
        self.planned = planned
        self.as_json = as_json
        self.is_read = True
        """Whether anybody reads stdout."""
        self.fault: OSError | None = None
        """Why stdout cannot be written any more."""
        self._bar = bar
        self._abandon = abandon
        self._with_captures = with_captures
        self._each = as_json or planned <= EACH_SHOWN or not (bar.is_shown and output.is_terminal())
        self._writer = StdoutWriter()

    async def show(self, sent: Sequence[tuple[Capture, Delivery]]) -> None:
        """Show what was sent."""
        lines: list[str] = []
        for capture, delivery in sent:
            self.tally.add(delivery)
            if self._each or not delivery.succeeded:
                lines += self._lines(capture, delivery)
        if lines and self.is_read:
            output.passing(None)
            try:
                await self._writer.write("".join(f"{line}\n" for line in lines))
            except OSError as error:
                self.is_read = False
                self.fault = error
                self._abandon()
        self._bar.show(self.tally.sent, f"  {self.tally.failed:,} failed" if self.tally.failed else "")
        await asyncio.sleep(0)

    def _lines(self, capture: Capture, delivery: Delivery) -> list[str]:
        delivered = Delivered(delivery=delivery)
        if self.as_json:
            return [event_stream.line(event_stream.item_json(delivered) or {})]
        captured = plain_lines(Captured(capture=capture)) if self._with_captures else []
        return [*captured, *plain_lines(delivered)]
