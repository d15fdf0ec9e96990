"""The source of a run's captures: a public endpoint that is registered at Meta, or a team's shared log."""

from types import TracebackType
from typing import Any, Protocol, Self

from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture


class CaptureSource(Protocol):
    """Provides captures as long as the run lasts; an async context manager. Raises HookscopeError.

    The order is `prepare`, `start`, `keep`, and at the end, in any case, `release`.
    """

    @property
    def holds_anything(self) -> bool:
        """True if something registered at Meta may not be put back yet."""

    async def __aenter__(self) -> Self:
        """Build the source, without asking anybody yet."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""

    async def prepare(self) -> bool:
        """Do the work that changes nothing, and return whether to go on; a dry run ends here."""

    async def start(self) -> None:
        """Start the flow of captures."""

    async def keep(self) -> None:
        """Keep captures coming, forever."""

    async def release(self) -> None:
        """Put back the changes made elsewhere. Raises RestoreError when that fails."""

    async def recover(self) -> None:
        """Put the changes back from another event loop, after the first one has ended. Raises RestoreError."""

    def observe(self, capture: Capture) -> None:
        """Note that a capture was kept."""

    async def fetch(self, capture_id: int) -> list[FetchedNode]:
        """Fetch the objects that a capture refers to from the Graph API, and keep them."""

    async def examine(self) -> list[dict[str, Any]]:
        """Return the doctor's findings, as objects of the JSON output."""
