"""Why no application has got a capture, in words."""

from hookscope.model.record import Capture, Run
from hookscope.outbound.forward import is_forwarded
from hookscope.outbound.routing import Routing


def unsent(capture: Capture, run: Run | None) -> str:
    """What to tell of a capture without deliveries that `run` took."""
    if run is None or not run.routes or not is_forwarded(capture):
        return "not sent to any application"
    targets = Routing(run.routes).targets(capture)
    return f"not sent so far to {', '.join(targets)}" if targets else "not sent to any application: no route wants it"
