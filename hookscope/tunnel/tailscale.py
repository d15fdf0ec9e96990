"""Tailscale's Funnel, through the `tailscale` command in the foreground.

The forms are those of Tailscale's source (cmd/tailscale/cli/serve_v2.go and ipn/serve.go) and of its page "tailscale
funnel command", all read 2026-11-29, not run here: `Available on the internet:`, the URL, and the proxy's target on
stdout; where Funnel is not enabled, a link to open, after which it waits.
"""

import re
from typing import ClassVar

from hookscope.tunnel.program import ProgramTunnel
from hookscope.tunnel.program_output import Dialect, ProgramFault

_FAULTS = (
    ProgramFault(
        sign=re.compile(r"https://login\.tailscale\.com/f/\S+"),
        meaning="Funnel is not enabled for this machine",
        hint="open that link, enable it, and start again",
    ),
    ProgramFault(
        sign=re.compile(r"Funnel not available"),
        meaning="your tailnet does not allow Funnel",
        hint="enable HTTPS certificates and the funnel attribute in Tailscale's admin console, as that page says",
    ),
    ProgramFault(
        sign=re.compile(r"Available within your tailnet"),
        meaning="it serves within the tailnet only",
        hint="allow Funnel for this machine in Tailscale's admin console",
    ),
    ProgramFault(
        sign=re.compile(r"(foreground|background configuration) already exists"),
        meaning="this machine's public port is in use by Funnel or Serve",
        hint="see it with `tailscale funnel status`; `tailscale funnel reset` frees it",
    ),
    ProgramFault(
        sign=re.compile(r"Access denied"),
        meaning="your user may not change what Tailscale serves",
        hint="run `sudo tailscale set --operator=$USER` once",
    ),
    ProgramFault(
        sign=re.compile(r"failed to connect to local tailscaled|Tailscale is stopped|Logged out", re.IGNORECASE),
        meaning="Tailscale is not running on this machine",
        hint="start it with `tailscale up`",
    ),
)


class TailscaleTunnel(ProgramTunnel):
    """A tunnel at the machine's own name in its tailnet, open to the internet while the run lasts."""

    provider = "tailscale"
    installation: ClassVar[str] = "install Tailscale, and log in with `tailscale up`"

    def _read_settings(self) -> Dialect:
        return Dialect(
            url=re.compile(r"https://[^\s/]+\.ts\.net(?::\d+)?"),
            ready=re.compile(r"Available on the internet"),
            faults=_FAULTS,
        )

    def _command(self, local_url: str) -> list[str]:
        return ["tailscale", "funnel", local_url]
