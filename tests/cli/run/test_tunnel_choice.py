"""A tunnel on the command line is not overruled by what the environment or a file has for other runs."""

from typing import Any

import click
import pytest

from hookscope.cli.run.option import apply
from hookscope.cli.run.public_url_options import PUBLIC_URL
from hookscope.cli.run.tunnel_choice import TunnelChoice, choose_tunnel

URL = "https://hooks.example.com"
BORE = "bore local {port}"


def chosen(
    monkeypatch: pytest.MonkeyPatch,
    line: dict[str, str],
    environment: dict[str, str],
    file: dict[str, str],
) -> tuple[str | None, str | None, str | None]:
    """Return tunnel, command, and public URL of a run with these options."""
    found: list[TunnelChoice] = []

    def command(**given: Any) -> None:
        found.append(choose_tunnel(given))

    for name in ("tunnel", "tunnel_command", "public_url"):
        monkeypatch.delenv(f"HOOKSCOPE_{name.upper()}", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(f"HOOKSCOPE_{name.upper()}", value)
    typed = [f"--{name.replace('_', '-')}={value}" for name, value in line.items()]
    click.command()(apply(command, PUBLIC_URL)).main(typed, default_map=file, standalone_mode=False)
    return found[0].tunnel, found[0].command, found[0].public_url


@pytest.mark.parametrize(
    ("line", "environment", "file", "expected"),
    [
        ({}, {}, {}, (None, None, None)),
        ({"tunnel": "ssh"}, {}, {"public_url": URL}, ("ssh", None, None)),
        ({"tunnel": "ssh"}, {"public_url": "auto"}, {}, ("ssh", None, None)),
        ({}, {"tunnel": "ssh"}, {"public_url": URL}, ("ssh", None, None)),
        ({"tunnel": "none"}, {"public_url": URL}, {}, ("none", None, URL)),
        ({"tunnel": "none"}, {"public_url": "auto"}, {}, ("none", None, None)),
        ({"public_url": URL}, {"tunnel": "ssh"}, {"tunnel_command": BORE}, ("ssh", BORE, URL)),
        ({"tunnel_command": BORE}, {}, {"tunnel": "ssh"}, (None, BORE, None)),
        ({"tunnel_command": BORE}, {}, {"tunnel": "none", "public_url": URL}, (None, BORE, None)),
        ({}, {"tunnel": "command"}, {"tunnel_command": BORE}, ("command", BORE, None)),
        ({}, {}, {"tunnel_command": BORE}, (None, BORE, None)),
        ({}, {}, {"tunnel": "ssh", "public_url": URL}, ("ssh", None, URL)),
        ({"tunnel": "ssh", "public_url": URL}, {}, {}, ("ssh", None, URL)),
    ],
)
def test_the_nearest_source_decides(
    monkeypatch: pytest.MonkeyPatch,
    line: dict[str, str],
    environment: dict[str, str],
    file: dict[str, str],
    expected: tuple[str | None, str | None, str | None],
) -> None:
    assert chosen(monkeypatch, line, environment, file) == expected
