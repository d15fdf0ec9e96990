"""The websocket of the service with which a peer's command talks."""

import asyncio
from collections.abc import Iterable

from aiohttp import web


class ServiceSocket:
    """The websocket that a peer's command opens to its service. `stands` is set when it has."""

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self.stands = asyncio.Event()

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        """Accept the connection, and read what comes until its end."""
        self._socket = web.WebSocketResponse(protocols=(self._protocol,))
        await self._socket.prepare(request)
        self.stands.set()
        async for _ in self._socket:
            pass
        return self._socket

    async def send(self, messages: Iterable[str]) -> None:
        """Send messages, one after the other."""
        for message in messages:
            await self._socket.send_str(message)
