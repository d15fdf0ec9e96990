"""The options of `hookscope run` for a team's shared log, and those that cannot be combined with them."""

import getpass
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from hookscope.errors import UsageError
from hookscope.secret_sources import Secret, SecretSources
from hookscope.services.run_request import parse_history
from hookscope.settings import MirrorSettings, Missed

if TYPE_CHECKING:
    from hookscope.team.address import LogAddress

_RECEIVING = (
    *("app_id", "graph_url", "graph_version", "object", "fields", "include_values"),
    *("page", "scope", "page_token_file", "user_token_file", "forward_handshakes"),
    *("tunnel", "tunnel_host", "tunnel_command", "tunnel_url_pattern", "public_url", "domain", "host"),
    *("ngrok_path", "ngrok_pooling"),
    *("verify_token", "takeover", "restore_verify_token", "restore_include_values", "no_restore", "keep", "dry_run"),
    "sandbox",
)
"""Options for receiving and registering; a mirror does neither."""

_MIRRORING = ("log", "missed", "history", "as", "poll")


def read_mirror(given: Mapping[str, Any], secrets: SecretSources) -> MirrorSettings | None:
    """Return the shared log to mirror, or None for a run that receives. Raises UsageError.

    Options without a meaning here are refused only on the command line: the environment and settings files may set them
    for other runs.
    """
    if not given["from"]:
        if typed := _typed(_MIRRORING):
            raise UsageError(f"{typed} needs a shared log", hint="name it with --from, or HOOKSCOPE_FROM")
        return None
    if typed := _typed(_RECEIVING):
        raise UsageError(
            f"{typed} has no meaning with --from: this run mirrors what a relay receives",
            hint=f"leave out {typed}; to receive yourself all the same, give --from ''",
        )
    # Imported late: runs that receive do not need it.
    from hookscope.team.address import DEFAULT_LOG, check_address

    address = check_address(given["from"], log=given["log"] or DEFAULT_LOG, on_command_line=bool(_typed(("from",))))
    if address.password:
        secrets.keep_out((Secret(address.password),))
    return MirrorSettings(
        address=address,
        missed=Missed(given["missed"]),
        history=parse_history(given["history"]),
        name=given["as"] or _user_name(address),
        polls=given["poll"],
    )


def _user_name(address: "LogAddress") -> str:
    """Return the user's name; in a container that does not know its user, the database's name for it, or the host's."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        login, _, _ = address.shown.partition("://")[2].rpartition("@")
        return login or socket.gethostname()


def _typed(names: tuple[str, ...]) -> str | None:
    """Return the first of these options that was typed on the command line."""
    context = click.get_current_context()
    for parameter in context.command.params:
        source = parameter.name and context.get_parameter_source(parameter.name)
        if parameter.name in names and source is ParameterSource.COMMANDLINE:
            return parameter.opts[0]
    return None
