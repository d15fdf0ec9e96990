"""The callback address: a tunnel to the receiver, proven by a verification request of our own, and kept open."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from msgspec.structs import replace

from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.preflight import note_arrival, preflight
from hookscope.diagnosis.probe import ProbeResult, probe
from hookscope.engine.clock import Clock, SystemClock
from hookscope.engine.path_watch import PathWatch, Rhythm
from hookscope.errors import HandshakeError, HookscopeError, TunnelError
from hookscope.meta.handshake import random_challenge
from hookscope.model.run_events import Level, Notice, Probed, RunEvent, TunnelDown, TunnelUp
from hookscope.receiver.server import Receiver
from hookscope.tunnel.base import Tunnel

Move = Callable[[str], Awaitable[None]]
"""Registers a callback URL in place of the one before; raises HookscopeError."""

_PROBE_DELAYS = (0.5, 1.0, 2.0, 3.0)
"""Seconds before each further probe: the name of a fresh tunnel takes a moment to be known everywhere."""

_REOPEN_DELAYS = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
_MOVE_DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
_REFUSED_DELAYS = (60.0, 300.0, 900.0)
"""After a failed handshake, of which Meta takes few: it locks developers out for more."""


class PublicEndpoint:
    """Leads Meta to the receiver. The callback URL is the tunnel's public URL with `path` behind it.

    `is_shared` means that other receivers with the same verify token may answer at that URL in its place.
    """

    def __init__(
        self,
        *,
        tunnel: Tunnel,
        receiver: Receiver,
        path: str,
        verify_token: str,
        publish: Callable[[RunEvent], None],
        clock: Clock | None = None,
        rhythm: Rhythm | None = None,
        is_shared: bool = False,
    ) -> None:
        self._tunnel = tunnel
        self._receiver = receiver
        self._path = path
        self._verify_token = verify_token
        self._publish = publish
        self._is_shared = is_shared
        self._clock = clock or SystemClock()
        self._rhythm = rhythm or Rhythm()
        self._callback_url = ""
        self._registered: str | None = None
        self._watch = PathWatch(self._probe_once, publish=publish, clock=self._clock, rhythm=self._rhythm)

    async def open(self) -> str:
        """Bring the tunnel up and prove it; return the callback URL. Raises TunnelError."""
        public_url = await self._tunnel.open(self._receiver.url)
        self._publish(TunnelUp(provider=self._tunnel.provider, public_url=public_url))
        self._callback_url = public_url.rstrip("/") + self._path
        result = await self._probe()
        self._publish(Probed(ok=result.ok, elapsed_ms=result.elapsed_ms, diagnosis=result.diagnosis))
        if not result.ok:
            raise self._refusal(result)
        self._mention(result.finding)
        return self._callback_url

    async def keep(self, callback_url: str, move: Move) -> None:
        """Bring the tunnel up again whenever it is lost, and watch that requests can pass through it, forever.

        `callback_url` is registered; `move` is called with a new one until it succeeds.
        """
        self._registered = callback_url
        while True:
            reason = await self._until_lost(callback_url, move)
            self._publish(TunnelDown(provider=self._tunnel.provider, reason=reason))
            reopened = await self._reopen()
            if reopened != callback_url:
                self._publish(Notice(level=Level.WARNING, message=f"the tunnel came back with another URL: {reopened}"))
            callback_url = reopened

    def note_traffic(self) -> None:
        """Note that something has come through the tunnel."""
        self._watch.note_traffic()

    async def close(self) -> None:
        """End the tunnel."""
        await self._tunnel.close()

    def _refusal(self, result: ProbeResult) -> TunnelError:
        verdict, hint = "cannot be checked from here", result.finding.next_step
        if result.is_conclusive:
            verdict = "does not lead to this receiver"
            hint = f"{hint}; the tunnel, or the proxy behind --public-url, must lead to {self._receiver.url}"
        return TunnelError(
            f"{self._callback_url} {verdict}: {result.diagnosis}", done="nothing was registered there", hint=hint
        )

    def _mention(self, finding: Finding) -> None:
        """Publish the remarks on a correct answer: a warning, or a note on browsers."""
        if finding.why:
            level = Level.WARNING if finding.state is State.WARNING else Level.INFO
            self._publish(Notice(level=level, message=f"{finding.what}; {finding.why}", hint=finding.next_step))

    async def _until_lost(self, callback_url: str, move: Move) -> str:
        """Watch the path and its registration until the tunnel is lost; return the reason."""
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(self._watch.run(), name="watch the public path"),
                group.create_task(self._heed_signs(), name="watch the tunnel's log"),
                group.create_task(self._register(callback_url, move), name="register the new URL"),
            ]
            reason = await self._tunnel.lost()
            for task in beside:
                task.cancel()
        return reason

    async def _heed_signs(self) -> None:
        while True:
            await self._tunnel.stirred()
            self._watch.stir()

    async def _reopen(self) -> str:
        attempt = 0
        while True:
            await self._clock.sleep(_delay(_REOPEN_DELAYS, attempt))
            attempt += 1
            try:
                return await self.open()
            except HookscopeError as error:
                message = f"the tunnel did not come back: {error.message}"
                self._publish(Notice(level=Level.WARNING, message=message, hint="trying again"))

    async def _register(self, callback_url: str, move: Move) -> None:
        """Register a URL that is not registered yet, and retry until it succeeds."""
        announced, attempt = "", 0
        while callback_url != self._registered:
            self._registered = None  # From now on some objects may point here, and others elsewhere.
            try:
                await move(callback_url)
                self._registered = callback_url
            except HookscopeError as error:
                if error.message != announced:
                    announced = error.message
                    message = f"the new URL could not be registered: {announced}; trying again"
                    self._publish(Notice(level=Level.WARNING, message=message, hint=error.hint))
                delays = _REFUSED_DELAYS if isinstance(error, HandshakeError) else _MOVE_DELAYS
                await self._clock.sleep(_delay(delays, attempt))
                attempt += 1

    async def _probe(self) -> ProbeResult:
        result = await self._look_once()
        for delay in _PROBE_DELAYS:
            if result.ok or not result.retryable:
                break
            await self._clock.sleep(delay)
            result = await self._look_once()
        return result

    async def _look_once(self) -> ProbeResult:
        """Request the callback as Meta and as a browser, through the tunnel.

        The receiver recognizes both as its own.
        """
        browser_challenge = random_challenge()
        with self._receiver.expect_probe(browser_challenge):
            return await self._ask(partial(preflight, browser_challenge=browser_challenge))

    async def _probe_once(self) -> ProbeResult:
        return await self._ask(probe)

    async def _ask(self, ask: Callable[..., Awaitable[ProbeResult]]) -> ProbeResult:
        challenge = random_challenge()
        with self._receiver.expect_probe(challenge) as arrived:
            result = await ask(
                self._callback_url,
                verify_token=self._verify_token,
                challenge=challenge,
                timeout=self._rhythm.timeout,
            )
            if self._is_shared and not arrived():  # Another receiver may have had it.
                return result
            return replace(result, finding=note_arrival(result.finding, arrived=arrived()))


def _delay(delays: tuple[float, ...], attempt: int) -> float:
    return delays[min(attempt, len(delays) - 1)]
