"""The interface between the engine and a tunnel of any provider."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

Announce = Callable[[str], None]
"""Takes a sentence that a person should read now: a download, a lost session."""


class Tunnel(ABC):
    """A public base URL that leads to the receiver. Use it from one event loop."""

    provider: ClassVar[str]
    deadline: ClassVar[float] = 15.0
    """Seconds within which a tunnel comes up or fails; a download that is needed first does not count."""
    other_ways = "an address of your own with --public-url"
    """The alternatives to this tunnel, in words, for hints: the registry names the other tunnels here."""

    @abstractmethod
    async def open(self, local_url: str) -> str:
        """Lead a public base URL, the result, to `local_url`, a full URL. May be called again after `lost`.

        Raises TunnelError, by the deadline at the latest.
        """

    @abstractmethod
    async def lost(self) -> str:
        """Wait until the public URL no longer leads anywhere; return the reason, in words.

        Never returns for a tunnel that cannot tell, nor after `close`.
        """

    async def stirred(self) -> None:
        """Wait for a sign, such as a line in the agent's log, that the path may have changed.

        Never returns for a tunnel that gives none.
        """
        # Only a run waits; its help and its options need the tunnels' names alone.
        import asyncio

        await asyncio.get_running_loop().create_future()

    @abstractmethod
    async def close(self) -> None:
        """End the tunnel, whatever it is doing. A waiting `open` fails; closing twice does no harm."""
