"""The identities of a body's events."""

from hookscope.meta.fingerprint import fingerprint
from hookscope.meta.notification import parse


def identities(body: bytes) -> tuple[str | None, ...]:
    """Return one for each event of a notification; None for an event without."""
    return fingerprint(parse(body).events)
