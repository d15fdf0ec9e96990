"""The result of delivering a capture to an application."""

from msgspec import Struct


class DeliveryStatus(Struct, frozen=True, kw_only=True):
    """The result of a delivery.

    `status` is None without an answer; `held` is true while it waits to be sent; `wrong` is true if the answer has the
    wrong content, such as a handshake's without the challenge, or was cut off.
    """

    status: int | None
    elapsed_ms: float
    held: bool = False
    wrong: bool = False

    @property
    def succeeded(self) -> bool:
        """True if the application answered 2xx, and correctly."""
        return self.status is not None and 200 <= self.status < 300 and not self.wrong
