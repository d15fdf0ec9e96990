"""The options of `hookscope relay`: those of a run that concern receiving and registering, and its own."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hookscope.cli.run.option import parameter_names
from hookscope.cli.run.options import options_of

_F = TypeVar("_F", bound=Callable[..., Any])

_OF_A_RUN = {
    "The app": options_of("The app"),
    "Subscriptions": options_of("Subscriptions"),
    "Pages and WhatsApp accounts": options_of("Pages and WhatsApp accounts"),
    "Public URL": (
        *options_of("Public URL", "public_url", "host", "port"),
        click.option(
            "--path",
            envvar="HOOKSCOPE_PATH",
            show_envvar=True,
            metavar="PATH",
            help="The callback's path [unguessable, and the same for all relays of the app].",
        ),
        click.option(
            "--verify-token",
            envvar="HOOKSCOPE_VERIFY_TOKEN",
            show_envvar=True,
            metavar="TOKEN",
            help="The token that Meta must send in its handshake [the same for all relays of the app].",
        ),
    ),
    "Replacing and restoring": options_of(
        "Replacing and restoring", "takeover", "restore_verify_token", "restore_include_values", "no_restore", "dry_run"
    ),
}
_OWN = {
    "The shared log": (
        click.option(
            "--as", "name", metavar="NAME", help="The name under which colleagues see this relay [the host's name]."
        ),
        click.option("--retain", metavar="SPAN", help="Delete entries that are older, such as 7d [none]."),
        click.option("--strays", is_flag=True, help="Append strays as well; anybody on the internet can send them."),
        click.option("--poll", is_flag=True, help="Send no notifications; readers poll the log each second."),
    ),
    "Output": (
        click.option(
            "--output", type=click.Choice(["plain", "json"]), default="plain", help="How to show the relay [plain]."
        ),
        click.option("--json", is_flag=True, help="The same as --output json."),
        click.option("--sandbox", is_flag=True, help="Use the built-in Graph API simulator, which also sends events."),
        click.option("--yes", "-y", is_flag=True, help="Ask no questions."),
    ),
}
_SECTIONS = _OF_A_RUN | _OWN


def relay_options(function: _F) -> _F:
    """Add all options of `hookscope relay` except those of its log, and the global ones."""
    for option in reversed([option for options in _SECTIONS.values() for option in options]):
        function = option(function)
    return function


SECTION_OF = {name: title for title, options in _SECTIONS.items() for name in parameter_names(options)} | {
    "log_url": "The shared log",
    "log_name": "The shared log",
}
"""The help section of each parameter of `hookscope relay`."""
