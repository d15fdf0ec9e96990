"""A replay from its first request to its summary."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hookscope.capture.history import History
from hookscope.capture.item import Delivered
from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Cause
from hookscope.cli import output
from hookscope.cli.bar import EACH_SHOWN, Bar
from hookscope.cli.summing import summary_json
from hookscope.cli.writer import StdoutWriter
from hookscope.engine import signals
from hookscope.errors import DeliveryError, ExitCode
from hookscope.outbound.lineup import Lineup
from hookscope.outbound.pace import Pace
from hookscope.outbound.replay import Replay, Replayer, Route
from hookscope.outbound.sender import Sender
from hookscope.outbound.tally import Tally
from hookscope.views import stream
from hookscope.views.plain import plain_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """Sends a lineup and shows what becomes of it."""

    history: History
    lineup: Lineup
    target: Callable[[Capture], str]
    form: Callable[[Capture], Capture]
    pace: Pace
    connections: int
    sender: Callable[[], Sender]
    as_json: bool

    async def run(self) -> None:
        """Send everything, and sum it up. Raises DeliveryError unless all was sent and answered 2xx.

        Raises HookscopeError when stdout cannot be written.
        """
        tally, started = Tally(), time.monotonic()
        with Bar(len(self.lineup)) as bar:
            screen = _Screen(tally, bar, as_json=self.as_json, each=len(self.lineup) <= EACH_SHOWN)
            async with Journal(self.history.path) as journal, self.sender() as sender:
                replayer = Replayer(
                    history=self.history,
                    journal=journal,
                    sender=sender,
                    route=Route(target=self.target, form=self.form),
                    pace=self.pace,
                    connections=self.connections,
                    told=screen.show,
                )
                screen.abandon = replayer.stop
                with signals.handled(lambda _: replayer.stop(), lambda: replayer.stop(grace=0)):
                    await replayer.run(self.lineup)
        tally.dropped = replayer.dropped
        self._conclude(tally, time.monotonic() - started, screen)

    def _conclude(self, tally: Tally, elapsed: float, screen: "_Screen") -> None:
        unsent = len(self.lineup) - tally.sent - tally.dropped
        failures = tally.describe_failures()
        if self.as_json and screen.is_read:
            code = ExitCode.DELIVERY if unsent or failures else ExitCode.OK
            output.data(stream.line(summary_json(tally, Cause.REPLAY, elapsed, code, not_sent=unsent)))
            output.flush()
        rate = f" · {tally.sent / elapsed:,.0f}/s" if elapsed > 0 else ""
        output.progress(f"{tally.line()}{rate}")
        if screen.fault:
            done = f"{tally.sent:,} sent, and kept with what became of them; {unsent:,} not sent"
            if error := output.unwritable(screen.fault, done=done):
                raise error
        if unsent:
            what = f"{unsent:,} of {len(self.lineup):,} were not sent"
            raise DeliveryError(
                f"{what}; {failures}" if failures else what,
                done="what was sent is kept, with what became of it",
                hint="`hookscope ls --filter is:replay` shows what was",
            )
        if failures:
            raise DeliveryError(
                failures, done="every attempt is kept with its capture", hint="see `hookscope captures show ID`"
            )


class _Screen:
    """Shows deliveries: JSON or lines on stdout, the bar on the terminal."""

    def __init__(self, tally: Tally, bar: Bar, *, as_json: bool, each: bool) -> None:
        self._tally = tally
        self._bar = bar
        self._as_json = as_json
        self._each = each or as_json or not (bar.is_shown and output.is_terminal())
        self._writer = StdoutWriter()
        self.is_read = True
        """Whether anybody reads stdout."""
        self.fault: OSError | None = None
        """Why stdout cannot be written any more."""
        self.abandon: Callable[[], None] = lambda: None

    async def show(self, replays: Sequence[Replay]) -> None:
        """Show what was sent."""
        lines: list[str] = []
        for _, delivery in replays:
            self._tally.add(delivery)
            if self._each or not delivery.succeeded:
                value: dict[str, Any] = stream.item_json(Delivered(delivery=delivery)) or {}
                lines += [stream.line(value)] if self._as_json else plain_lines(value)
        if lines and self.is_read:
            output.passing(None)
            try:
                await self._writer.write("".join(f"{line}\n" for line in lines))
            except OSError as error:
                self.is_read = False
                self.fault = error
                self.abandon()
        tally = self._tally
        self._bar.show(tally.sent, f"  {tally.failed:,} failed" if tally.failed else "")
        await asyncio.sleep(0)
