"""localtunnel, through its client `lt`.

Seen with localtunnel 2.0.2 from npm on 2026-11-29: the URL comes as `your url is: …` on stdout; if its server is away,
it prints nothing, forever; it may silently give another subdomain than the requested one; any environment variable with
the name of an option, such as HOST, counts as that option.
"""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from hookscope.tunnel.program import ProgramTunnel, port_of
from hookscope.tunnel.program_output import Dialect, ProgramFault
from hookscope.urls import bare_domain

_SERVER = "https://localtunnel.me"
_FAULTS = (
    ProgramFault(
        sign=re.compile(r"connection refused: \S+ \(check your firewall settings\)"),
        meaning="the server's port for the tunnel cannot be reached",
        hint="look for a firewall, or name another server with --tunnel-host, or choose another --tunnel",
    ),
)


class LocaltunnelTunnel(ProgramTunnel):
    """A localtunnel name, at random or as `--domain` asks, from the public server or that of `--tunnel-host`."""

    provider = "localtunnel"
    installation: ClassVar[str] = "install localtunnel with `npm install -g localtunnel`"
    unset: ClassVar[tuple[str, ...]] = (
        *("ALLOW_INVALID_CERT", "HOST", "LOCAL_CA", "LOCAL_CERT", "LOCAL_HOST", "LOCAL_HTTPS", "LOCAL_KEY", "OPEN"),
        *("PORT", "PRINT_REQUESTS", "SUBDOMAIN"),
    )

    def _read_settings(self) -> Dialect:
        domain = bare_domain(self._settings.domain)
        self._subdomain = domain.partition(".")[0] if domain else None
        self._server = self._settings.host or _SERVER
        return Dialect(url=re.compile(r"your url is: (\S+)"), faults=_FAULTS)

    def _command(self, local_url: str) -> list[str]:
        # Without --local-host it asks for "localhost", and may get an address that the receiver does not listen on.
        local_host = urlsplit(local_url).hostname or ""
        where = ["--port", str(port_of(local_url)), "--local-host", local_host, "--host", self._server]
        return ["lt", *where, *(("--subdomain", self._subdomain) if self._subdomain else ())]

    def _accept(self, public_url: str) -> None:
        given = (urlsplit(public_url).hostname or "").partition(".")[0]
        if self._subdomain and given != self._subdomain:
            self._say_once(f"localtunnel gave the name {given}: {self._subdomain} is taken or was ignored")

    def _advice(self) -> str:
        return f"its server {self._server} may be away: name another with --tunnel-host, or choose another --tunnel"
