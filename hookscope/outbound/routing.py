"""Which applications get a notification: those of all the routes that want it, each of them once."""

from collections.abc import Sequence
from functools import lru_cache

from hookscope.capture.item import now
from hookscope.capture.record import Capture, Run
from hookscope.settings import Route
from hookscope.views.filter import matches, parse


class Routing:
    """Routes, ready for use. Several to one application are together one."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(route.target, parse(route.filter) if route.filter else None) for route in routes]

    def targets(self, capture: Capture) -> list[str]:
        """The applications that a notification is for, in the order of the routes."""
        at = now()
        wanting = (target for target, wanted in self._routes if wanted is None or matches(wanted, capture, at))
        return list(dict.fromkeys(wanting))


def wants(capture: Capture, run: Run, target: str) -> bool:
    """Whether a notification is for one of a run's applications, by the routes that the run had."""
    return not run.routes or target in _routing(run.routes).targets(capture)


@lru_cache(maxsize=64)
def _routing(routes: tuple[Route, ...]) -> Routing:
    return Routing(routes)
