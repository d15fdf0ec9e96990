"""No tunnel: the receiver's own address, or one that the user leads to it."""

import asyncio

from hookscope.tunnel.base import Tunnel


class DirectTunnel(Tunnel):
    """`--public-url`, and `--tunnel none` when there is no such URL. Nothing is opened, and nothing can be lost."""

    provider = "none"

    def __init__(self, public_url: str | None = None) -> None:
        self._public_url = public_url

    async def open(self, local_url: str) -> str:
        """Return the user's own public URL, else `local_url` itself."""
        return self._public_url or local_url

    async def lost(self) -> str:
        """Never return: only a probe can tell whether somebody else's address still leads here."""
        never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        return await never

    async def close(self) -> None:
        """Do nothing: there is nothing to end."""
