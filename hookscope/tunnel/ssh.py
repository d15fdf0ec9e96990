"""A remote forward by the system's `ssh`: to a service that prints its URL, or to a host of the user's own.

OpenSSH's forms were seen with 9.2 on 2026-11-29, on stderr. The service's line is localhost.run's, as users quote it in
public repositories (read the same day): `NAME tunneled with tls termination, https://NAME`, on stdout; serveo's is
`Forwarding HTTP traffic from https://NAME`.
"""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from hookscope.errors import UsageError
from hookscope.tunnel.program import ProgramTunnel
from hookscope.tunnel.program_output import Dialect, ProgramFault, compile_pattern
from hookscope.urls import check_public_url

_SERVICE = "nokey@localhost.run"
_REMOTE_PORT = 80
_SERVICES_URL = re.compile(r"(\S+) tunneled with tls termination|Forwarding HTTP traffic from (https://\S+)")
_FORWARDED = re.compile(r"remote forward success for: listen")
_OPTIONS = (
    "BatchMode=yes",  # A prompt would be invisible.
    "ExitOnForwardFailure=yes",  # Otherwise ssh keeps running without its forward.
    "ServerAliveInterval=15",
    "ServerAliveCountMax=2",
    "ConnectTimeout=10",
    "ControlMaster=no",  # A shared connection would keep the forward after ssh has ended.
    "ControlPath=none",
)


class SshTunnel(ProgramTunnel):
    """A forward from a host to the receiver. Host keys are checked as the user's own configuration says."""

    provider = "ssh"
    installation: ClassVar[str] = "install OpenSSH's client"

    def _read_settings(self) -> Dialect:
        self._destination, self._port = _split_host(self._settings.host or _SERVICE)
        self._is_own = bool(self._settings.domain)
        faults = _faults(self._destination)
        if self._settings.domain:
            if self._settings.host is None:
                raise UsageError(
                    "--domain names the public address of your own host, but --tunnel-host names no host",
                    hint="name it with --tunnel-host USER@HOST:PORT, or leave --domain out for localhost.run's address",
                )
            return Dialect(
                known_url=check_public_url(self._settings.domain, "--domain"), ready=_FORWARDED, faults=faults
            )
        pattern = self._settings.url_pattern
        return Dialect(url=compile_pattern(pattern) if pattern else _SERVICES_URL, faults=faults)

    def _command(self, local_url: str) -> list[str]:
        if self._settings.host is None:
            self._say_once(f"the tunnel goes through {self._destination}; name another host with --tunnel-host")
        options = [word for option in _OPTIONS for word in ("-o", option)]
        forward = f"{self._port}:{urlsplit(local_url).netloc}"
        session = []  # A service prints its URL there.
        if self._is_own:
            # Only its log shows that the forward exists. By default, sshd is content with ::1 if 127.0.0.1 is in use.
            session, forward = ["-N", "-v"], f"127.0.0.1:{forward}"
        return ["ssh", "-T", "-a", "-x", *session, *options, "-R", forward, "--", self._destination]

    def _advice(self) -> str:
        if self._is_own:
            return f"try `ssh {self._destination}` yourself"
        return (
            f"if {self._destination} is a server of your own, which prints no URL, name its public address with "
            "--domain; for another service, describe its URL with --tunnel-url-pattern"
        )


def _split_host(text: str) -> tuple[str, int]:
    """Split `[USER@]HOST[:PORT]`; the port is the one that the host is to listen on."""
    host, colon, port = text.rpartition(":")
    host, number = (host, int(port)) if colon and port.isdecimal() else (text, _REMOTE_PORT)
    if not host or host.startswith("-") or any(char.isspace() for char in host) or number > 65535:
        raise UsageError(
            f"--tunnel-host {text!r} is not a host for ssh", hint="write USER@HOST, or USER@HOST:PORT to listen on PORT"
        )
    return host, number


def _faults(host: str) -> tuple[ProgramFault, ...]:
    return (
        ProgramFault(
            sign=re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED"),
            meaning="the host's key has changed",
            hint=f"find out why before you trust it; `ssh {host}` says where the old key is kept",
        ),
        ProgramFault(
            sign=re.compile(r"Host key verification failed"),
            meaning="the host's key is not known on this machine",
            hint=f"run `ssh {host}` once, compare the key with the one that the host publishes, and accept it",
        ),
        ProgramFault(
            sign=re.compile(r"Permission denied \("),
            meaning="the host accepts none of your keys",
            hint=f"make `ssh {host}` work without a password, with `ssh-add` or `ssh-copy-id`",
        ),
        ProgramFault(
            sign=re.compile(r"remote port forwarding failed for listen port"),
            meaning="the host does not let that port be forwarded, or it is in use",
            hint=f"choose another port with --tunnel-host {host}:PORT, or see AllowTcpForwarding in its sshd_config",
        ),
        ProgramFault(
            sign=re.compile(r"Could not resolve hostname|ssh: connect to host"),
            meaning="the host cannot be reached",
            hint="check --tunnel-host and the network connection",
        ),
    )
