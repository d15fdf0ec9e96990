"""The last object of a command that sends many: what became of all of it."""

from typing import Any

from hookscope.capture.item import now
from hookscope.capture.record import Cause
from hookscope.errors import ExitCode
from hookscope.outbound.tally import Tally
from hookscope.views import stream


def summary_json(tally: Tally, cause: Cause, elapsed: float, code: ExitCode, *, not_sent: int) -> dict[str, Any]:
    """The summary; `elapsed` is in seconds."""
    return {
        "v": stream.VERSION,
        "type": "summary",
        "at": stream.timestamp(now()),
        "cause": cause,
        **tally.to_json(),
        "not_sent": not_sent,
        "elapsed_ms": round(elapsed * 1000, 3),
        "exit_code": code,
    }
