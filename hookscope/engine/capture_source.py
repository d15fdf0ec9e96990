"""Where a run's captures come from: a public endpoint that is registered at Meta, or a team's shared log."""

from types import TracebackType
from typing import Any, Protocol, Self

from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture


class CaptureSource(Protocol):
    """Brings captures for as long as the run lasts; an async context manager. Raises HookscopeError.

    The order is `prepare`, `start`, `keep`, and at the end, however far it came, `release`.
    """

    @property
    def holds_anything(self) -> bool:
        """True if something registered at Meta may not be put back yet."""

    async def __aenter__(self) -> Self:
        """Build what it needs; ask nobody yet."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""

    async def prepare(self) -> bool:
        """Do what changes nothing; return whether to go on, which a dry run does not."""

    async def start(self) -> None:
        """Have captures come."""

    async def keep(self) -> None:
        """Keep them coming, forever."""

    async def release(self) -> None:
        """Put back what was changed elsewhere. Raises RestoreError when that failed."""

    async def recover(self) -> None:
        """Put it back from another event loop, after the first one has ended. Raises RestoreError."""

    def heard(self, capture: Capture) -> None:
        """Note that a capture was kept."""

    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Read from the Graph API what a capture points at, and keep it."""

    async def examine(self) -> list[dict[str, Any]]:
        """Return the doctor's findings, as objects of the JSON output."""
