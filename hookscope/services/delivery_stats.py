"""Statistics over many deliveries."""

import math
from array import array
from typing import Any

from hookscope.model.record import Delivery

_CLASSES = ("2xx", "3xx", "4xx", "5xx")
_SHOWN_ALWAYS = ("sent", "2xx", "4xx", "5xx", "unanswered")


class DeliveryStats:
    """Counts deliveries; keeps 8 bytes for each, for the percentiles of the answers' times."""

    def __init__(self) -> None:
        self.sent = 0
        self.dropped = 0
        self.unanswered = 0
        self.failed = 0
        """Not answered 2xx."""
        self.first_failure: Delivery | None = None
        self._by_class = dict.fromkeys(_CLASSES, 0)
        self._times = array("d")

    def add(self, delivery: Delivery) -> None:
        """Count a delivery."""
        self.sent += 1
        if delivery.status is None:
            self.unanswered += 1
        else:
            kind = f"{delivery.status // 100}xx"
            self._by_class[kind] = self._by_class.get(kind, 0) + 1
            self._times.append(delivery.elapsed_ms)
        if not delivery.succeeded:
            self.failed += 1
            self.first_failure = self.first_failure or delivery

    def percentile(self, percent: float) -> float | None:
        """Return the milliseconds within which `percent` of the answers came, from 0 to 100.

        By nearest rank; None without answers.
        """
        if not self._times:
            return None
        return sorted(self._times)[max(0, math.ceil(len(self._times) * percent / 100) - 1)]

    def describe_failures(self) -> str | None:
        """Return the failures in one line, or None when all were answered 2xx."""
        first = self.first_failure
        if first is None:
            return None
        answer, error = f"HTTP {first.status}" if first.status else "", first.error or ""
        reason = error if answer and error.startswith(answer) else ": ".join(filter(None, (answer, error)))
        name = f", #{first.capture_id}" if first.capture_id else ""  # It did not reach a run: captured nowhere.
        return f"{self.failed} of {self.sent} failed; the first{name}: {reason}"

    def to_json(self) -> dict[str, Any]:
        """Return the numbers under the names of the JSON event stream; times in milliseconds."""
        return {
            "sent": self.sent,
            **self._by_class,
            "unanswered": self.unanswered,
            "dropped": self.dropped,
            "p50_ms": self.percentile(50),
            "p99_ms": self.percentile(99),
        }

    def line(self) -> str:
        """Return the numbers in one readable line."""
        counts = {"sent": self.sent, **self._by_class, "unanswered": self.unanswered, "dropped": self.dropped}
        parts = [f"{name} {count:,}" for name, count in counts.items() if count or name in _SHOWN_ALWAYS]
        times = {percent: self.percentile(percent) for percent in (50, 99)}
        parts += [f"p{percent} {elapsed:.1f} ms" for percent, elapsed in times.items() if elapsed is not None]
        return " · ".join(parts)
