"""The content of a notification's body."""

from msgspec import Struct

from hookscope.meta import notification
from hookscope.meta.summaries.summary import EventLine, summarize


class Unpacked(Struct, frozen=True, kw_only=True):
    """The content of a body: its events, and its problem as a notification, if any."""

    events: tuple[EventLine, ...] = ()
    problem: str | None = None

    @property
    def lead(self) -> EventLine | None:
        """The event to show where there is room for one: the first that failed, or else the first."""
        return next((event for event in self.events if event.failed), self.events[0] if self.events else None)


def unpack(body: bytes) -> Unpacked:
    """Unpack the body of a notification."""
    parsed = notification.parse(body)
    return Unpacked(events=tuple(map(summarize, parsed.events)), problem=parsed.problem)
