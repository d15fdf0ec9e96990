"""A replay from its first request to its summary."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from hookscope.cli.delivery_output import DeliveryOutput, print_summary
from hookscope.cli.progress import ProgressBar
from hookscope.engine import signals
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture, Cause
from hookscope.outbound.http.sender import Sender
from hookscope.outbound.replay.graceful_stop import GracefulStop
from hookscope.outbound.replay.pacing import Pace
from hookscope.outbound.replay.replayer import Replayer, ReplayRoute
from hookscope.outbound.replay.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """Sends a lineup and shows what becomes of it."""

    history: JournalReader
    lineup: Schedule
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
        stopping, started = GracefulStop(), time.monotonic()
        with ProgressBar(len(self.lineup)) as bar:
            screen = DeliveryOutput(bar, planned=len(self.lineup), as_json=self.as_json, abandon=stopping.ask)
            async with JournalWriter(self.history.path) as journal, self.sender() as sender:
                replayer = Replayer(
                    history=self.history,
                    journal=journal,
                    sender=sender,
                    route=ReplayRoute(target=self.target, form=self.form),
                    pace=self.pace,
                    connections=self.connections,
                    stopping=stopping,
                    told=screen.show,
                )
                with signals.handled(lambda _: stopping.ask(), lambda: stopping.ask(grace=0)):
                    await replayer.run(self.lineup)
        screen.tally.dropped = replayer.dropped
        print_summary(
            screen,
            Cause.REPLAY,
            time.monotonic() - started,
            sent_shown_by="hookscope ls --filter is:replay",
        )
