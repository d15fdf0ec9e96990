"""The result of handing a capture to an application."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """How a delivery went: `status` is None without an answer, and `held` tells that it waits for its application."""

    status: int | None
    elapsed_ms: float
    held: bool = False
