"""The proof that a replaced callback can be put back: it passes a handshake with the given verify token."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from hookscope.errors import HandshakeError, HookscopeError, UsageError
from hookscope.meta import handshake
from hookscope.model.run_events import Level, Notice, RunEvent
from hookscope.secret_sources import Secret
from hookscope.settings import LeaseSettings


class ProbeVerdict(Protocol):
    """The result of a probe: whether the callback passes a handshake, and the reason if not."""

    @property
    def ok(self) -> bool:
        """True if the callback passes."""

    @property
    def diagnosis(self) -> str | None:
        """The reason why it does not pass."""


class Probe(Protocol):
    """Sends Meta's verification request to a callback, as `hookscope.diagnosis.probe.probe` does; raises nothing."""

    def __call__(
        self, callback_url: str, *, verify_token: str, challenge: str, timeout: float
    ) -> Awaitable[ProbeVerdict]:
        """Probe once; `timeout` in seconds."""


class CallbackProver:
    """Proves callbacks that are about to be replaced. `settings` hold the token, and whether their loss is accepted."""

    def __init__(self, settings: LeaseSettings, probe: Probe, publish: Callable[[RunEvent], None]) -> None:
        self._settings = settings
        self._probe = probe
        self._publish = publish

    async def prove(self, url: str) -> Secret | None:
        """Return the token with which a callback passes a handshake, or None when its loss is accepted.

        Raises UsageError when there is no token, HandshakeError when the callback refuses it.
        """
        token = self._settings.restore_verify_token
        if token is None:
            self._accept_loss(
                url,
                UsageError(
                    f"--takeover needs the verify token of {url} to put it back",
                    done="nothing was changed",
                    hint="give it with HOOKSCOPE_RESTORE_VERIFY_TOKEN or --restore-verify-token; or accept with "
                    "--no-restore that it is lost",
                ),
            )
            return None
        verdict = await self._probe(
            url, verify_token=token, challenge=handshake.random_challenge(), timeout=handshake.TIMEOUT_SECONDS
        )
        if verdict.ok:
            return Secret(token)
        self._accept_loss(
            url,
            HandshakeError(
                f"{url} does not pass a handshake with the given restore verify token, so it could not be "
                f"put back: {verdict.diagnosis}",
                done="nothing was changed",
                hint="give the token that it was registered with; or accept with --no-restore that it is lost",
            ),
        )
        return None

    def _accept_loss(self, url: str, objection: HookscopeError) -> None:
        if not self._settings.no_restore:
            raise objection
        message = f"{url} will NOT be put back at the end, as --no-restore allows"
        self._publish(Notice(level=Level.WARNING, message=message))
