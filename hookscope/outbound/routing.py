"""Routing: a notification goes to the applications of all matching routes, once to each."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Capture, Kind, Run, is_genuine
from hookscope.model.timestamps import now
from hookscope.settings import Route


def is_forwarded(capture: Capture) -> bool:
    """Return whether a capture may be forwarded: a notification that Meta made, as far as can be told.

    It must also have been acknowledged: Meta sends the others again.
    """
    return capture.reply.status == 200 and is_genuine(capture.kind, capture.signature.verdict, capture.replay_of)


class Routing:
    """Routes, ready for use. Several to one application are merged."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(route.target, _condition(route.filter) if route.filter else None) for route in routes]
        self._all = list(dict.fromkeys(target for target, _ in self._routes))
        self._filtered = any(wanted for _, wanted in self._routes)

    def targets(self, capture: Capture) -> list[str]:
        """Return the applications that a notification is for, in the order of the routes."""
        if not self._filtered:
            return self._all
        wanting = (target for target, wanted in self._routes if wanted is None or wanted(capture))
        return list(dict.fromkeys(wanting))


def _condition(text: str) -> Callable[[Capture], bool]:
    """Return the function that tells whether a capture matches a filter. Raises FilterError."""
    # A run without such routes need not wait for the filter language at its start.
    from hookscope.filter import matches, parse

    wanted = parse(text)
    return lambda capture: matches(wanted, capture, now())


def wants(capture: Capture, run: Run, target: str) -> bool:
    """Return whether a notification is for one of a run's applications, by the routes that the run had."""
    return not run.routes or target in _routing(run.routes).targets(capture)


def default_target(capture: Capture, routes: tuple[Route, ...], targets: Sequence[str], sent_to: str | None) -> str:
    """Return the one of `targets` for a replay: where it was sent, else the first that wants it, else the first."""
    if sent_to is not None and sent_to in targets:
        return sent_to
    wanting = _routing(routes).targets(capture) if len(targets) > 1 else []
    return wanting[0] if wanting else targets[0]


@lru_cache(maxsize=64)
def _routing(routes: tuple[Route, ...]) -> Routing:
    return Routing(routes)


def explain_not_sent(capture: Capture, run: Run | None) -> str:
    """Return the explanation for a capture of `run` without deliveries."""
    if reason := _why_never(capture):
        return f"not sent to any app: {reason}"
    if run is None or not run.routes or not is_forwarded(capture):
        return "not sent to any app"
    targets = Routing(run.routes).targets(capture)
    return f"not sent yet to {', '.join(targets)}" if targets else "not sent to any app: no route matches it"


def _why_never(capture: Capture) -> str | None:
    """Return why no run forwards such a capture by itself; None if one may."""
    match capture.kind, capture.signature.verdict:
        case Kind.STRAY, _:
            return "it is not from Meta"
        case Kind.HANDSHAKE, _:
            return "handshakes are only with --forward-handshakes"
        case _, SignatureVerdict.INVALID | SignatureVerdict.MISSING as verdict:
            return f"its signature is {verdict}"
    return None
