"""stdout of a command that sends many requests: the result of each, as JSON or as lines."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from hookscope.cli import output
from hookscope.cli.progress import EACH_SHOWN, ProgressBar
from hookscope.cli.stdout import StdoutWriter
from hookscope.errors import DeliveryError, ExitCode
from hookscope.formats import event_stream
from hookscope.formats.plain_text import plain_lines
from hookscope.model.record import Capture, Cause, Delivery
from hookscope.model.run_events import Captured, Delivered
from hookscope.model.timestamps import now
from hookscope.services.delivery_stats import DeliveryStats


class DeliveryOutput:
    """Counts and shows the results of `planned` requests; lines also describe the captures if requested.

    With `--quiet` there are no lines: failures are summed up as an error. If there are many and the progress bar is
    visible, only failures are shown. `abandon` is called when stdout can no longer be written; from then on nothing is
    shown.
    """

    def __init__(
        self, bar: ProgressBar, *, planned: int, as_json: bool, abandon: Callable[[], None], with_captures: bool = False
    ) -> None:
        self.stats = DeliveryStats()
        self.planned = planned
        self.as_json = as_json
        self.is_read = True
        """True if somebody reads stdout."""
        self.fault: OSError | None = None
        """The reason why stdout cannot be written anymore."""
        self._bar = bar
        self._abandon = abandon
        self._with_captures = with_captures
        self._each = as_json or planned <= EACH_SHOWN or not (bar.is_shown and output.is_terminal())
        self._writer = StdoutWriter()

    async def show(self, sent: Sequence[tuple[Capture, Delivery]]) -> None:
        """Show an attempt."""
        lines: list[str] = []
        for capture, delivery in sent:
            self.stats.add(delivery)
            if self._is_shown(delivery):
                lines += self._lines(capture, delivery)
        if lines and self.is_read:
            output.passing(None)
            try:
                await self._writer.write("".join(f"{line}\n" for line in lines))
            except OSError as error:
                self.is_read = False
                self.fault = error
                self._abandon()
        self._bar.show(self.stats.sent, f"  {self.stats.failed:,} failed" if self.stats.failed else "")
        await asyncio.sleep(0)

    def _is_shown(self, delivery: Delivery) -> bool:
        if output.is_quiet() and not self.as_json:
            return False
        return self._each or not delivery.succeeded

    def _lines(self, capture: Capture, delivery: Delivery) -> list[str]:
        delivered = Delivered(delivery=delivery)
        if self.as_json:
            return [event_stream.line(event_stream.event_to_json(delivered) or {})]
        captured = plain_lines(Captured(capture=capture)) if self._with_captures else []
        return [*captured, *plain_lines(delivered)]


def print_summary(results: DeliveryOutput, cause: Cause, elapsed: float, *, sent_shown_by: str) -> None:
    """Sum up the attempts of `elapsed` seconds. Raises DeliveryError unless all were sent and answered 2xx.

    Raises HookscopeError when stdout could not be written.
    """
    stats = results.stats
    unsent = results.planned - stats.sent - stats.dropped
    failures = stats.describe_failures()
    if results.as_json and results.is_read:
        output.write_data(event_stream.line(_summary_json(results, cause, elapsed, unsent)))
        output.flush()
    rate = f" · {stats.sent / elapsed:,.0f}/s" if elapsed > 0 else ""
    output.print_progress(f"{stats.line()}{rate}")
    if results.fault:
        done = f"{stats.sent:,} sent and recorded with their outcome; {unsent:,} not sent"
        if error := output.unwritable(results.fault, done=done):
            raise error
    if unsent:
        what = f"{unsent:,} of {results.planned:,} were not sent"
        raise DeliveryError(
            f"{what}; {failures}" if failures else what,
            done="what was sent is recorded with its outcome",
            hint=f"`{sent_shown_by}` shows what was sent",
        )
    if first := stats.first_failure:
        if not first.capture_id:
            raise DeliveryError(str(failures), hint=f"`{sent_shown_by}` shows what was captured")
        raise DeliveryError(
            str(failures),
            done="every attempt is recorded with its capture",
            hint=f"see `hookscope captures show {first.capture_id}`",
        )


def _summary_json(results: DeliveryOutput, cause: Cause, elapsed: float, unsent: int) -> dict[str, Any]:
    stats = results.stats
    return {
        "v": event_stream.VERSION,
        "type": "summary",
        "at": event_stream.timestamp(now()),
        "cause": cause,
        **stats.to_json(),
        "not_sent": unsent,
        "elapsed_ms": round(elapsed * 1000, 3),
        "exit_code": ExitCode.DELIVERY if unsent or stats.first_failure else ExitCode.OK,
    }
