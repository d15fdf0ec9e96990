"""How a command that sends many ends: with what became of all of it."""

from typing import Any

from hookscope.cli import output
from hookscope.cli.screen import Screen
from hookscope.errors import DeliveryError, ExitCode
from hookscope.formats import event_stream
from hookscope.model.record import Cause
from hookscope.model.timestamps import now


def conclude(screen: Screen, cause: Cause, elapsed: float, *, sent_shown_by: str) -> None:
    """Sum up what was sent in `elapsed` seconds. Raises DeliveryError unless all was sent and answered 2xx.

    Raises HookscopeError when stdout could not be written.
    """
    tally = screen.tally
    unsent = screen.planned - tally.sent - tally.dropped
    failures = tally.describe_failures()
    if screen.as_json and screen.is_read:
        output.data(event_stream.line(_summary_json(screen, cause, elapsed, unsent)))
        output.flush()
    rate = f" · {tally.sent / elapsed:,.0f}/s" if elapsed > 0 else ""
    output.progress(f"{tally.line()}{rate}")
    if screen.fault:
        done = f"{tally.sent:,} sent, and kept with what became of them; {unsent:,} not sent"
        if error := output.unwritable(screen.fault, done=done):
            raise error
    if unsent:
        what = f"{unsent:,} of {screen.planned:,} were not sent"
        raise DeliveryError(
            f"{what}; {failures}" if failures else what,
            done="what was sent is kept, with what became of it",
            hint=f"`{sent_shown_by}` shows what was",
        )
    if first := tally.first_failure:
        if not first.capture_id:
            raise DeliveryError(str(failures), hint=f"`{sent_shown_by}` shows what was captured")
        raise DeliveryError(
            str(failures),
            done="every attempt is kept with its capture",
            hint=f"see `hookscope captures show {first.capture_id}`",
        )


def _summary_json(screen: Screen, cause: Cause, elapsed: float, unsent: int) -> dict[str, Any]:
    tally = screen.tally
    return {
        "v": event_stream.VERSION,
        "type": "summary",
        "at": event_stream.timestamp(now()),
        "cause": cause,
        **tally.to_json(),
        "not_sent": unsent,
        "elapsed_ms": round(elapsed * 1000, 3),
        "exit_code": ExitCode.DELIVERY if unsent or tally.first_failure else ExitCode.OK,
    }
