"""Conditions that end a run: a number of notifications, or an expected one."""

from typing import TYPE_CHECKING

from hookscope.meta.signature import ACCEPTED
from hookscope.model.record import Capture, Kind, Source
from hookscope.model.timestamps import now
from hookscope.settings import StopSettings

if TYPE_CHECKING:
    from hookscope.filter import Filter


class StopConditions:
    """Counts a run's notifications. Raises UsageError for an expectation that is not a filter.

    An expectation is met only by a notification that Meta signed, as far as can be told; one that itself asks for a
    signature (`sig:invalid`) sees all.
    """

    def __init__(self, settings: StopSettings) -> None:
        self._after = settings.after
        self._expected = settings.expect
        self._filter: Filter | None = None
        if settings.expect is not None:
            from hookscope import filter as filters  # costs its loading only when it is wanted

            self._filter, self._filters = filters.parse_on_arrival(settings.expect), filters
        self._count = 0
        self._met = False

    @property
    def is_unmet(self) -> bool:
        """True if an expected notification has not come."""
        return self._filter is not None and not self._met

    def reason_to_stop(self, capture: Capture) -> str | None:
        """Return why the run ends with this capture, or None when it continues."""
        is_earlier = capture.source is Source.SHARED and capture.run_id is None  # From before this run.
        if capture.kind is not Kind.NOTIFICATION or capture.source is Source.REPLAY or is_earlier:
            return None
        genuine = capture.signature.verdict in ACCEPTED
        if self._filter is not None and (genuine or self._filters.mentions(self._filter, "sig")):
            self._met = self._met or self._filters.matches(self._filter, capture, now())
            if self._met:
                return f"#{capture.id} matches --expect {self._expected!r}"
        self._count += 1
        if self._after is not None and self._count >= self._after:
            return f"--exit-after {self._after} was reached"
        return None
