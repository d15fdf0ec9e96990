"""The parts of a run, built from its settings."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from hookscope import places
from hookscope.capture.item import Item, Level, Notice
from hookscope.capture.journal import Journal
from hookscope.capture.record import Run, Source
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.settings import RunSettings
from hookscope.tunnel.base import Tunnel
from hookscope.tunnel.direct import DirectTunnel


def build_receiver(settings: RunSettings, *, run: Run, journal: Journal, publish: Callable[[Item], None]) -> Receiver:
    """The receiver, not yet serving.

    A proxy behind `--public-url` may take the address's own path away or leave it: both are answered.
    """
    base = settings.tunnel.public_url or ""
    secrets = (settings.app.secret, *settings.extra_secrets)
    policy = Policy(
        paths=frozenset((settings.path, urlsplit(base).path.rstrip("/") + settings.path)),
        verify_token=settings.lease.verify_token,
        secrets=tuple(secret.reveal() for secret in secrets),
    )
    return Receiver(
        policy=policy,
        journal=journal,
        publish=publish,
        run_id=run.id,
        source=Source.SANDBOX if settings.sandbox else Source.LIVE,
        host=settings.host,
        port=settings.port,
    )


def build_tunnel(settings: RunSettings, *, key: str, publish: Callable[[Item], None]) -> Tunnel:
    """The tunnel, not yet open."""
    if settings.tunnel.name != "ngrok":
        return DirectTunnel(settings.tunnel.public_url)
    from hookscope.tunnel.ngrok import NgrokTunnel

    def announce(sentence: str) -> None:
        publish(Notice(level=Level.INFO, message=sentence))

    return NgrokTunnel(settings.tunnel, key=key, announce=announce)


def ledger_file(settings: RunSettings, stack: ExitStack) -> Path:
    """Where the ledger stands. A sandbox's registrations end with the sandbox, and so does their ledger."""
    if settings.sandbox:
        return Path(stack.enter_context(TemporaryDirectory(prefix="hookscope-"))) / "ledger.db"
    return places.ledger_file()
