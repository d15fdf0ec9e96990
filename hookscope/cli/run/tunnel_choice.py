"""Which of the options that choose a tunnel holds, when they come from several places."""

from collections.abc import Mapping
from typing import Any

import click
from click.core import ParameterSource
from msgspec import Struct

from hookscope.tunnel.registry import AUTO

_NEAREST_FIRST = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)


class TunnelChoice(Struct, frozen=True, kw_only=True):
    """What the options say; None for each that is not given, or that a nearer one contradicts."""

    tunnel: str | None
    command: str | None
    public_url: str | None


def choose_tunnel(given: Mapping[str, Any]) -> TunnelChoice:
    """Return the choice of a tunnel: `--tunnel ssh` is not overruled by a public URL in the environment or a file."""
    tunnel, command, public_url = (_Option(name, given) for name in ("tunnel", "tunnel_command", "public_url"))
    chosen = None if tunnel.distance > min(command.distance, len(_NEAREST_FIRST) - 1) else tunnel.value
    fits = chosen == "none" and public_url.value != AUTO
    is_overruled = public_url.distance > min(tunnel.distance, command.distance) and not fits
    return TunnelChoice(tunnel=chosen, command=command.value, public_url=None if is_overruled else public_url.value)


class _Option:
    def __init__(self, name: str, given: Mapping[str, Any]) -> None:
        source = click.get_current_context().get_parameter_source(name)
        self.value: str | None = given[name] or None
        is_given = self.value and source in _NEAREST_FIRST
        self.distance = _NEAREST_FIRST.index(source) if is_given and source else len(_NEAREST_FIRST)
