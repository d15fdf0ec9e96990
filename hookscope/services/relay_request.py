"""Relay: turns the options of a command line into checked settings."""

import hashlib
import hmac
import socket
from datetime import timedelta
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.filter.duration import parse_duration
from hookscope.model.record import SANDBOX
from hookscope.receiver.answers import HEALTH_PATH
from hookscope.secret_sources import Secret
from hookscope.services.run_request import RunRequest, is_local, run_settings
from hookscope.settings import RunSettings
from hookscope.team.address import LogAddress


class RelaySettings(Struct, frozen=True, kw_only=True):
    """The settings of `hookscope relay`.

    `run` is as for a run. `name` is shown to colleagues; entries older than `retain` are deleted, none if it is None.
    With `polls`, readers poll; with `keeps_strays`, strays are appended as well.
    """

    run: RunSettings
    log: LogAddress
    name: str
    retain: timedelta | None = None
    polls: bool = False
    keeps_strays: bool = False

    @property
    def app_id(self) -> str:
        """The app of the log; all sandboxes count as one, since each makes up an app of its own."""
        return SANDBOX if self.run.sandbox else self.run.app.app_id


def relay_settings(
    request: RunRequest, *, log: LogAddress, name: str | None, retain: str | None, polls: bool, keeps_strays: bool
) -> RelaySettings:
    """Return the checked settings of a relay; the default verify token and path are the same for all relays of an app.

    Raises UsageError.
    """
    if request.app and not request.public_url and not is_local(request.app.graph_url):
        raise UsageError(
            "a relay needs an address that Meta can reach", hint="give it with --public-url, or HOOKSCOPE_PUBLIC_URL"
        )
    run = run_settings(request)
    secret, lease = run.app.secret, run.lease
    if not lease.verify_token:
        lease = replace(lease, verify_token=_derived(secret, "verify token"))
    own_path = request.path or urlsplit(request.public_url or "").path.strip("/")
    run = replace(run, lease=lease, path=run.path if own_path else f"/{_derived(secret, 'path')}")
    base = urlsplit(run.tunnel.public_url or "").path.rstrip("/")
    if HEALTH_PATH in (run.path, base + run.path):
        raise UsageError(
            f"{HEALTH_PATH} cannot be the callback's path: the relay's health check is there",
            hint="choose another --path, such as /meta",
        )
    return RelaySettings(
        run=run,
        log=log,
        name=name or socket.gethostname(),
        retain=parse_duration(retain) if retain else None,
        polls=polls,
        keeps_strays=keeps_strays,
    )


def _derived(secret: Secret, purpose: str) -> str:
    """Return letters and digits that can be derived only from the app secret, and do not reveal it."""
    return hmac.new(secret.reveal().encode(), f"hookscope relay {purpose}".encode(), hashlib.sha256).hexdigest()[:32]
