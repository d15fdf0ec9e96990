"""The result of delivering a capture to an application."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """The result of a delivery: `status` is None without an answer; `held` is true while it is yet to be sent."""

    status: int | None
    elapsed_ms: float
    held: bool = False
