"""Any program that connects a public URL to a port and prints the URL: `--tunnel command`."""

import re
import shlex
from typing import ClassVar

from hookscope.errors import UsageError
from hookscope.tunnel.program import ProgramTunnel, port_of
from hookscope.tunnel.program_output import Dialect, compile_pattern

_ANY_URL = re.compile(r"https://[^\s\"'<>|]+")
_EXAMPLE = "write something like --tunnel-command 'bore local {port} --to bore.example.com'"


class CommandTunnel(ProgramTunnel):
    """The user's own command, without a shell, with the receiver's `{port}` and `{url}` put in."""

    provider = "command"
    installation: ClassVar[str] = "install it, or correct --tunnel-command"
    settle: ClassVar[float] = 0.5

    def _read_settings(self) -> Dialect:
        self._words = _split(self._settings.command)
        pattern = self._settings.url_pattern
        return Dialect(url=compile_pattern(pattern) if pattern else _ANY_URL, is_exact=bool(pattern))

    def _command(self, local_url: str) -> list[str]:
        port = str(port_of(local_url))
        return [word.replace("{port}", port).replace("{url}", local_url) for word in self._words]

    def _advice(self) -> str:
        if len(self._transcript.urls) > 1:
            return "say which one it is with --tunnel-url-pattern, a regular expression that finds only the public one"
        return (
            "run it yourself: it must stay in the foreground and print its https URL, which --tunnel-url-pattern finds"
        )


def _split(command: str | None) -> list[str]:
    try:
        words = shlex.split(command or "")
    except ValueError as error:
        raise UsageError(f"--tunnel-command cannot be read: {error}", hint=_EXAMPLE) from error
    if not words:
        raise UsageError("--tunnel command needs the command itself", hint=_EXAMPLE)
    if not any("{port}" in word or "{url}" in word for word in words):
        raise UsageError(
            "--tunnel-command does not say where the receiver is",
            hint="put {port} or {url} where the program expects it",
        )
    return words
