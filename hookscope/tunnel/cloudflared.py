"""Cloudflare's tunnels, through `cloudflared`: a quick one without an account, or a named one.

The forms are those of cloudflared's source (cmd/cloudflared/tunnel/quick_tunnel.go and cmd.go, read 2026-11-29, not run
here): a quick tunnel's URL stands in a box of log lines on stderr, before the connection is up. The user's
configuration file can have rules that would override the address given here, so an empty one replaces it.
"""

import re
from typing import ClassVar

from hookscope.tunnel.program import ProgramTunnel
from hookscope.tunnel.program_output import Dialect, ProgramFault
from hookscope.urls import bare_domain

_QUICK_URL = re.compile(r"https://[a-z0-9-]+\.trycloudflare\.com")
_CONNECTED = re.compile(r"Registered tunnel connection|Connection \S+ registered")
_OTHER_WAY = "wait some minutes, or choose another --tunnel, or an address of your own with --public-url"
_QUICK_FAULTS = (
    ProgramFault(
        sign=re.compile(r"failed to request quick Tunnel"),
        meaning="Cloudflare's service for quick tunnels cannot be reached",
        hint="check the network connection, or choose another --tunnel, or an address of your own with --public-url",
    ),
    ProgramFault(
        sign=re.compile(
            r"Error unmarshaling QuickTunnel response|failed to (unmarshal quick Tunnel|parse quick Tunnel)"
        ),
        meaning="Cloudflare offers no quick tunnels at the moment",
        hint=_OTHER_WAY,
    ),
)
_NAMED_FAULTS = (
    ProgramFault(
        sign=re.compile(r"origin ?cert", re.IGNORECASE),
        meaning="a named tunnel needs a Cloudflare account",
        hint="run `cloudflared tunnel login`, or leave --domain out for a quick tunnel",
    ),
    ProgramFault(
        sign=re.compile(r"record with that host already exists"),
        meaning="the name has a DNS record already",
        hint="choose another --domain, or remove that record in the Cloudflare dashboard",
    ),
)


class CloudflaredTunnel(ProgramTunnel):
    """A quick tunnel at a random name, or, with `--domain`, a named one in the user's Cloudflare account."""

    provider = "cloudflared"
    installation: ClassVar[str] = "install cloudflared (`brew install cloudflared`, or a package of Cloudflare's)"
    unset: ClassVar[tuple[str, ...]] = (
        "TUNNEL_HELLO_WORLD",
        "TUNNEL_HOSTNAME",
        "TUNNEL_LOGFILE",
        "TUNNEL_LOGLEVEL",
        "TUNNEL_NAME",
        "TUNNEL_UNIX_SOCKET",
    )

    def _read_settings(self) -> Dialect:
        self._domain = bare_domain(self._settings.domain)
        if self._domain:
            return Dialect(known_url=f"https://{self._domain}", ready=_CONNECTED, faults=_NAMED_FAULTS)
        return Dialect(url=_QUICK_URL, ready=_CONNECTED, faults=_QUICK_FAULTS)

    def _command(self, local_url: str) -> list[str]:
        command = ["cloudflared", "tunnel", "--config", "/dev/null", "--no-autoupdate", "--url", local_url]
        if self._domain is None:
            return command
        name = f"hookscope-{self._domain.replace('.', '-')}"
        self._say_once(f"cloudflared keeps the tunnel {name} and the DNS record of {self._domain} in your account")
        return [*command, "--name", name, "--hostname", self._domain]
