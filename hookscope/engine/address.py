"""The callback address: a tunnel to the receiver, proven by a verification request of our own, and kept open."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from hookscope.capture.item import Item, Level, Notice, Probed, TunnelDown, TunnelUp
from hookscope.errors import HookscopeError, TunnelError
from hookscope.prober import ProbeResult, probe
from hookscope.receiver.server import Receiver
from hookscope.tunnel.base import Tunnel

_PROBE_DELAYS = (0.5, 1.0, 2.0, 3.0)
"""Seconds before each further probe: the name of a fresh tunnel takes a moment to be known everywhere."""

_REOPEN_DELAYS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)


class Address:
    """Leads Meta to the receiver. The callback URL is the tunnel's public URL with `path` behind it."""

    def __init__(
        self, *, tunnel: Tunnel, receiver: Receiver, path: str, verify_token: str, publish: Callable[[Item], None]
    ) -> None:
        self._tunnel = tunnel
        self._receiver = receiver
        self._path = path
        self._verify_token = verify_token
        self._publish = publish

    async def open(self) -> str:
        """Bring the tunnel up and prove it; the callback URL. Raises TunnelError."""
        public_url = await self._tunnel.open(self._receiver.url)
        self._publish(TunnelUp(provider=self._tunnel.provider, public_url=public_url))
        callback_url = public_url.rstrip("/") + self._path
        result = await self._probe(callback_url)
        self._publish(Probed(ok=result.ok, elapsed_ms=result.elapsed_ms, diagnosis=result.diagnosis))
        if not result.ok:
            raise TunnelError(
                f"{callback_url} does not lead to this receiver: {result.diagnosis}",
                done="nothing was registered there",
                hint="check the tunnel, or the proxy behind --public-url, and start again",
            )
        return callback_url

    async def keep(self, callback_url: str, move: Callable[[str], Awaitable[None]]) -> None:
        """Bring the tunnel up again whenever it is lost, for ever; `move` is called with a callback URL that is new."""
        while True:
            reason = await self._tunnel.lost()
            self._publish(TunnelDown(provider=self._tunnel.provider, reason=reason))
            reopened = await self._reopen()
            if reopened != callback_url:
                callback_url = reopened
                self._publish(Notice(level=Level.WARNING, message=f"the tunnel came back with another URL: {reopened}"))
                await self._move(callback_url, move)

    async def close(self) -> None:
        """End the tunnel."""
        await self._tunnel.close()

    async def _reopen(self) -> str:
        attempt = 0
        while True:
            await asyncio.sleep(_REOPEN_DELAYS[min(attempt, len(_REOPEN_DELAYS) - 1)])
            attempt += 1
            try:
                return await self.open()
            except TunnelError as error:
                message = f"the tunnel is not back: {error.message}"
                self._publish(Notice(level=Level.WARNING, message=message, hint="trying again"))

    async def _move(self, callback_url: str, move: Callable[[str], Awaitable[None]]) -> None:
        try:
            await move(callback_url)
        except HookscopeError as error:
            message = f"the new URL could not be registered: {error.message}"
            self._publish(Notice(level=Level.ERROR, message=message, hint=error.hint))

    async def _probe(self, callback_url: str) -> ProbeResult:
        challenge = str(secrets.randbelow(9 * 10**9) + 10**9)
        with self._receiver.expect_probe(challenge):
            for delay in _PROBE_DELAYS:
                result = await probe(callback_url, verify_token=self._verify_token, challenge=challenge)
                if result.ok or not result.retryable:
                    return result
                await asyncio.sleep(delay)
            return await probe(callback_url, verify_token=self._verify_token, challenge=challenge)
