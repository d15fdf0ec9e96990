"""The options of `hookscope run`.

A value comes from the command line, else the environment, else the project's `.hookscope.toml`, else the user's
`config.toml`, else the default.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hookscope import settings
from hookscope.cli.param_types import FilterText, FiniteFloat
from hookscope.cli.run.option import Fields, LineList, Names, apply, option, parameter_names
from hookscope.cli.run.public_url_options import PUBLIC_URL
from hookscope.cli.secrets import secret_option, token_options
from hookscope.cli.web_process import web_option
from hookscope.meta import catalog

_F = TypeVar("_F", bound=Callable[..., Any])


def app_options(function: _F) -> _F:
    """Add the options that name an app and its Graph API."""
    return apply(function, _SECTIONS["The app"])


def topic_options(function: _F) -> _F:
    """Add the options that name objects and their fields."""
    return apply(function, _SECTIONS["Subscriptions"][:2])


def sending_options(function: _F) -> _F:
    """Add the options for sending requests to an application."""
    return apply(function, _SENDING)


def run_options(function: _F) -> _F:
    """Add all options of `hookscope run` except the global ones."""
    return apply(function, tuple(one for options in _SECTIONS.values() for one in options))


_SENDING: tuple[Callable[[_F], _F], ...] = (
    option(
        "--header",
        env="HOOKSCOPE_HEADER",
        multiple=True,
        type=LineList(),
        metavar="NAME:VALUE",
        help="Add a header to requests to your app; repeatable.",
    ),
    option("--skip-verify", env="HOOKSCOPE_SKIP_VERIFY", is_flag=True, help="Accept any certificate from your app."),
)

_SECTIONS: dict[str, tuple[Callable[[_F], _F], ...]] = {
    "The app": (
        option("--app-id", env="HOOKSCOPE_APP_ID", metavar="ID", help="The Meta app."),
        secret_option("File with the app secret, `-` for stdin; else HOOKSCOPE_APP_SECRET, else a prompt."),
        option(
            "--graph-url",
            env="HOOKSCOPE_GRAPH_URL",
            default=settings.GRAPH_URL,
            metavar="URL",
            help="The base URL of the Graph API.",
        ),
        option(
            "--graph-version",
            env="HOOKSCOPE_GRAPH_VERSION",
            default=catalog.DEFAULT_VERSION,
            show_default=True,
            metavar="vN.N",
            help="The version of the Graph API.",
        ),
    ),
    "Subscriptions": (
        option(
            "--object",
            env="HOOKSCOPE_OBJECT",
            multiple=True,
            type=Names(catalog.OBJECTS),
            metavar="NAME",
            help="The object to subscribe to [page]; repeatable.",
        ),
        option(
            "--fields",
            env="HOOKSCOPE_FIELDS",
            multiple=True,
            type=Fields(),
            metavar="A,B",
            help="Fields, as OBJECT:a,b with several objects [what the app has, else feed for page].",
        ),
        option(
            "--include-values/--no-include-values",
            env="HOOKSCOPE_INCLUDE_VALUES",
            default=True,
            help="Ask for the new values, or only for the names of changed fields [on].",
        ),
    ),
    "Pages and WhatsApp accounts": (
        option(
            "--page",
            env="HOOKSCOPE_PAGE",
            multiple=True,
            type=Names(()),
            metavar="ID",
            help="Also install the app on this Page, with the same fields; repeatable.",
        ),
        option(
            "--scope",
            env="HOOKSCOPE_SCOPE",
            metavar="KIND:ID",
            help="Receive for waba:ID or phone:ID only, by an override; the app's own callback stays.",
        ),
        token_options,
    ),
    "Forwarding": (
        option(
            "--forward-to",
            "-f",
            env="HOOKSCOPE_FORWARD_TO",
            multiple=True,
            type=LineList(),
            metavar="URL",
            help="Your app: a port, HOST:PORT/PATH, or a URL; 'FILTER=>URL' for what matches; repeatable.",
        ),
        option(
            "--ack",
            env="HOOKSCOPE_ACK",
            default="early",
            type=click.Choice(["early", "app"]),
            help="Answer Meta at once, or with your app's answer [early].",
        ),
        option(
            "--max-connections",
            env="HOOKSCOPE_MAX_CONNECTIONS",
            type=click.IntRange(1, 1000),
            metavar="N",
            help="Deliver up to N at once, in any order [in order, and at once only what Meta sent at once].",
        ),
        *_SENDING,
        option(
            "--forward-handshakes",
            env="HOOKSCOPE_FORWARD_HANDSHAKES",
            is_flag=True,
            help="Forward Meta's handshakes too, and say what is wrong with your app's answer.",
        ),
    ),
    "Public URL": PUBLIC_URL,
    "A team's shared log": (
        option(
            "--from",
            "from",
            env="HOOKSCOPE_FROM",
            metavar="URL",
            help="Mirror the log that `hookscope relay` keeps there: no app, no secret, no tunnel of your own.",
        ),
        option("--log", "log", metavar="NAME", help="The name of the log, if there are several [hookscope]."),
        option(
            "--missed",
            default="show",
            type=click.Choice(["show", "forward"]),
            help="Only show the entries since your last run, or also send them to your app [show].",
        ),
        option(
            "--history",
            default="36h",
            metavar="SPAN",
            help="How much a new mirror copies: 36h, 7d, a number of entries, or all [36h].",
        ),
        option("--as", "as", metavar="NAME", help="Your name in `hookscope relay status` [your user name]."),
        option(
            "--poll", is_flag=True, help="Poll the log each second, for connection poolers that drop notifications."
        ),
    ),
    "Replacing and restoring": (
        option("--takeover", is_flag=True, help="Allow replacing a callback that is not ours."),
        option(
            "--restore-verify-token",
            env="HOOKSCOPE_RESTORE_VERIFY_TOKEN",
            metavar="TOKEN",
            help="The replaced callback's token; needed to put it back.",
        ),
        option(
            "--restore-include-values/--no-restore-include-values",
            env="HOOKSCOPE_RESTORE_INCLUDE_VALUES",
            default=True,
            help="Whether the replaced subscription included values, which Meta does not report [on].",
        ),
        option("--no-restore", is_flag=True, help="With --takeover: accept that the old callback cannot be put back."),
        option("--keep", is_flag=True, help="Leave the subscription in place at the end."),
        option("--dry-run", is_flag=True, help="Show what would change on the app, change nothing."),
    ),
    "Output and stopping": (
        option(
            "--output",
            env="HOOKSCOPE_OUTPUT",
            type=click.Choice(["tui", "plain", "json"]),
            help="How to show the run [tui on a terminal, else plain].",
        ),
        option("--json", is_flag=True, help="The same as --output json."),
        web_option,
        option("--exit-after", type=click.IntRange(1), metavar="N", help="Stop after N notifications."),
        option(
            "--expect",
            type=FilterText(),
            metavar="FILTER",
            help="Exit with 0 when a notification matches, with 6 when --timeout comes first.",
        ),
        option(
            "--timeout",
            type=FiniteFloat(0, min_open=True),
            metavar="SECONDS",
            help="Stop this long after the registration; with --from, after the start.",
        ),
        option(
            "--sandbox",
            is_flag=True,
            help="Use the built-in Graph API simulator, which also sends events: no account, no network.",
        ),
        option("--yes", "-y", is_flag=True, help="Ask no questions."),
    ),
}


def options_of(section: str, *names: str) -> tuple[Callable[[_F], _F], ...]:
    """Return the options of a help section, or those with these names."""
    return tuple([one for one in _SECTIONS[section] if not names or {*parameter_names((one,))} & {*names}])


SECTION_OF = {name: title for title, options in _SECTIONS.items() for name in parameter_names(options)}
"""The help section of each parameter of `hookscope run`."""
