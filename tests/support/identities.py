"""The identities of a body's events."""

from collections.abc import Callable

from hookscope.meta.fingerprint import fingerprint
from hookscope.meta.notification import parse
from hookscope.model.record import Capture


def identities(body: bytes) -> tuple[str | None, ...]:
    """Return one for each event of a notification; None for an event without."""
    return fingerprint(parse(body).events)


def named(*identities: str | None) -> Callable[[Capture], tuple[str | None, ...]]:
    """Return what tells these identities of any capture."""
    return lambda _: identities
