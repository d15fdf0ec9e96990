"""A trigger from its first notification to its summary."""

import time
from contextlib import aclosing

from msgspec import Struct

from hookscope.cli import output
from hookscope.cli.body_editing import edit_body
from hookscope.cli.delivery_output import DeliveryOutput, print_summary
from hookscope.cli.progress import ProgressBar
from hookscope.engine import signals
from hookscope.errors import HookscopeError
from hookscope.model.record import Cause
from hookscope.services.trigger import PreparedTrigger, ToApplication, ToRun


class Triggering(Struct, frozen=True, kw_only=True):
    """Sends notifications one after the other, and shows the result of each."""

    trigger: PreparedTrigger
    destination: ToRun | ToApplication
    is_edited: bool
    as_json: bool

    async def run(self) -> None:
        """Send everything, and sum it up. Raises DeliveryError unless all was sent and answered 2xx.

        Raises HookscopeError when stdout cannot be written.
        """
        trigger, started = self.trigger, time.monotonic()
        broken: HookscopeError | None = None
        with ProgressBar(trigger.planned) as bar:
            results = DeliveryOutput(
                bar, planned=trigger.planned, as_json=self.as_json, abandon=trigger.stop, with_captures=True
            )
            with signals.handled(lambda _: trigger.stop(), lambda: trigger.stop(grace=0)):
                try:
                    await self._send_all(results)
                except HookscopeError as error:  # The run may have ended: earlier attempts are summed up.
                    if not results.stats.sent:
                        raise
                    broken = error
        if broken:
            output.print_error(broken)
        print_summary(results, Cause.TRIGGER, time.monotonic() - started, sent_shown_by="hookscope ls")

    async def _send_all(self, results: DeliveryOutput) -> None:
        async with aclosing(self.trigger.send(self.destination, edit_body if self.is_edited else None)) as sent:
            async for one in sent:
                await results.show([one])
