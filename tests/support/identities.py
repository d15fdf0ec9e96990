"""The identities of a body's events."""

from hookscope.meta.fingerprint import identify
from hookscope.meta.notification import parse


def identities(body: bytes) -> tuple[str | None, ...]:
    """Return one for each event of a notification; None for an event without."""
    return identify(parse(body).events)
