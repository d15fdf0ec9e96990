"""A replay from its first request to its summary."""

import time
from contextlib import aclosing

from hookscope.cli.delivery_output import DeliveryOutput, print_summary
from hookscope.cli.progress import ProgressBar
from hookscope.engine import signals
from hookscope.model.record import Cause
from hookscope.services.replay import PreparedReplay


async def send(replay: PreparedReplay, *, as_json: bool) -> None:
    """Send everything, and sum it up. Raises DeliveryError unless all was sent and answered 2xx.

    Raises HookscopeError when stdout cannot be written.
    """
    started = time.monotonic()
    with ProgressBar(replay.planned) as bar:
        results = DeliveryOutput(bar, planned=replay.planned, as_json=as_json, abandon=replay.stop)
        with signals.handled(lambda _: replay.stop(), lambda: replay.stop(grace=0)):
            async with aclosing(replay.send()) as batches:
                async for batch in batches:
                    await results.show(batch)
    results.stats.dropped = replay.dropped
    print_summary(
        results,
        Cause.REPLAY,
        time.monotonic() - started,
        sent_shown_by="hookscope ls --filter is:replay",
    )
