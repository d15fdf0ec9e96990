"""The options of `hookscope run`.

A value comes from the command line, else the environment, else the project's `.hookscope.toml`, else the user's
`config.toml`, else the default.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from hookscope import settings
from hookscope.cli.common import Text
from hookscope.cli.param_types import FilterText, FiniteFloat, RegistryChoice
from hookscope.cli.secrets import secret_option, token_options
from hookscope.cli.web_process import web_option
from hookscope.meta import catalog
from hookscope.tunnel import registry

_F = TypeVar("_F", bound=Callable[..., Any])


class Names(Text):
    """A name in a list; the environment variable holds several, separated by commas or blanks."""

    name = "name"

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known

    def split_envvar_value(self, rv: str) -> list[str]:
        return rv.replace(",", " ").split()

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self._known if name.startswith(incomplete)]


class _Fields(Text):
    """Fields of an object; the environment variable holds one group per word."""

    name = "fields"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        topic, colon, names = incomplete.rpartition(":")
        *done, last = names.split(",")
        before = topic + colon + "".join(f"{name}," for name in done)
        known = catalog.FIELDS.get(topic or next(iter(ctx.params.get("object") or ()), "page"), frozenset())
        return [CompletionItem(before + name) for name in sorted(known) if name.startswith(last)]


class _Line(click.ParamType):  # type: ignore[type-arg]
    """Any bytes; the environment variable holds one value per line, since a route contains blanks."""

    name = "text"

    def split_envvar_value(self, rv: str) -> list[str]:
        return [line.strip() for line in rv.splitlines() if line.strip()]


def app_options(function: _F) -> _F:
    """Add the options that name an app and its Graph API."""
    return _apply(function, _SECTIONS["The app"])


def topic_options(function: _F) -> _F:
    """Add the options that name objects and their fields."""
    return _apply(function, _SECTIONS["Subscriptions"][:2])


def sending_options(function: _F) -> _F:
    """Add the options for sending requests to an application."""
    return _apply(function, _SENDING)


def run_options(function: _F) -> _F:
    """Add all options of `hookscope run` except the global ones."""
    return _apply(function, tuple(option for options in _SECTIONS.values() for option in options))


def _apply(function: _F, options: tuple[Callable[[_F], _F], ...]) -> _F:
    for option in reversed(options):
        function = option(function)
    return function


def _option(*names: str, env: str | None = None, **attributes: Any) -> Callable[[_F], _F]:
    return click.option(*names, envvar=env, show_envvar=bool(env), **attributes)


_SENDING: tuple[Callable[[_F], _F], ...] = (
    _option(
        "--header",
        env="HOOKSCOPE_HEADER",
        multiple=True,
        type=_Line(),
        metavar="NAME:VALUE",
        help="Add a header to requests to your app; repeatable.",
    ),
    _option("--skip-verify", env="HOOKSCOPE_SKIP_VERIFY", is_flag=True, help="Accept any certificate from your app."),
)

_SECTIONS: dict[str, tuple[Callable[[_F], _F], ...]] = {
    "The app": (
        _option("--app-id", env="HOOKSCOPE_APP_ID", metavar="ID", help="The Meta app."),
        secret_option("File with the app secret, `-` for stdin; else HOOKSCOPE_APP_SECRET, else a prompt."),
        _option(
            "--graph-url",
            env="HOOKSCOPE_GRAPH_URL",
            default=settings.GRAPH_URL,
            metavar="URL",
            help="The base URL of the Graph API.",
        ),
        _option(
            "--graph-version",
            env="HOOKSCOPE_GRAPH_VERSION",
            default=catalog.DEFAULT_VERSION,
            show_default=True,
            metavar="vN.N",
            help="The version of the Graph API.",
        ),
    ),
    "Subscriptions": (
        _option(
            "--object",
            env="HOOKSCOPE_OBJECT",
            multiple=True,
            type=Names(catalog.OBJECTS),
            metavar="NAME",
            help="The object to subscribe to [page]; repeatable.",
        ),
        _option(
            "--fields",
            env="HOOKSCOPE_FIELDS",
            multiple=True,
            type=_Fields(),
            metavar="A,B",
            help="Fields, as OBJECT:a,b with several objects [what the app has, else feed for page].",
        ),
        _option(
            "--include-values/--no-include-values",
            env="HOOKSCOPE_INCLUDE_VALUES",
            default=True,
            help="Ask for the new values, or only for the names of changed fields [on].",
        ),
    ),
    "Pages and WhatsApp accounts": (
        _option(
            "--page",
            env="HOOKSCOPE_PAGE",
            multiple=True,
            type=Names(()),
            metavar="ID",
            help="Also install the app on this Page, with the same fields; repeatable.",
        ),
        _option(
            "--scope",
            env="HOOKSCOPE_SCOPE",
            metavar="KIND:ID",
            help="Receive for waba:ID or phone:ID only, by an override; the app's own callback stays.",
        ),
        token_options,
    ),
    "Forwarding": (
        _option(
            "--forward-to",
            "-f",
            env="HOOKSCOPE_FORWARD_TO",
            multiple=True,
            type=_Line(),
            metavar="URL",
            help="Your app: a port, HOST:PORT/PATH, or a URL; 'FILTER=>URL' for what matches; repeatable.",
        ),
        _option(
            "--ack",
            env="HOOKSCOPE_ACK",
            default="early",
            type=click.Choice(["early", "app"]),
            help="Answer Meta at once, or with your app's answer [early].",
        ),
        _option(
            "--max-connections",
            env="HOOKSCOPE_MAX_CONNECTIONS",
            type=click.IntRange(1, 1000),
            metavar="N",
            help="Deliver up to N at once, in any order [in order, and at once only what Meta sent at once].",
        ),
        *_SENDING,
        _option(
            "--forward-handshakes",
            env="HOOKSCOPE_FORWARD_HANDSHAKES",
            is_flag=True,
            help="Forward Meta's handshakes too, and say what is wrong with your app's answer.",
        ),
    ),
    "Public URL": (
        _option(
            "--tunnel",
            env="HOOKSCOPE_TUNNEL",
            default="ngrok",
            type=RegistryChoice(registry.PROVIDERS),
            help="The tunnel to the receiver [ngrok].",
        ),
        _option(
            "--tunnel-host",
            env="HOOKSCOPE_TUNNEL_HOST",
            metavar="HOST",
            help="The tunnel's server: USER@HOST[:PORT] for ssh, a URL for localtunnel.",
        ),
        _option(
            "--tunnel-command",
            env="HOOKSCOPE_TUNNEL_COMMAND",
            metavar="COMMAND",
            help="A program that opens a tunnel to {port} or {url} and prints its URL; implies --tunnel command.",
        ),
        _option(
            "--tunnel-url-pattern",
            env="HOOKSCOPE_TUNNEL_URL_PATTERN",
            metavar="REGEX",
            help="A pattern for its public URL [the only https URL that it prints].",
        ),
        _option(
            "--public-url",
            env="HOOKSCOPE_PUBLIC_URL",
            metavar="URL",
            help="Your own public address; implies --tunnel none. `auto`: the first tunnel that is installed.",
        ),
        _option("--domain", env="HOOKSCOPE_DOMAIN", metavar="NAME", help="The name to ask the tunnel for."),
        _option(
            "--ngrok-path",
            env="HOOKSCOPE_NGROK_PATH",
            type=click.Path(),
            metavar="FILE",
            help="The ngrok agent [on PATH, else it is downloaded].",
        ),
        _option(
            "--ngrok-pooling",
            env="HOOKSCOPE_NGROK_POOLING",
            is_flag=True,
            help="Share --domain with other ngrok endpoints, among which ngrok spreads the requests.",
        ),
        _option(
            "--host",
            env="HOOKSCOPE_HOST",
            default="127.0.0.1",
            show_default=True,
            metavar="HOST",
            help="The address that the receiver listens on.",
        ),
        _option(
            "--port",
            env="HOOKSCOPE_PORT",
            default=0,
            type=click.IntRange(0, 65535),
            metavar="PORT",
            help="The port that the receiver listens on [a free one].",
        ),
        _option("--path", env="HOOKSCOPE_PATH", metavar="PATH", help="The callback's path [random, unguessable]."),
        _option(
            "--verify-token",
            env="HOOKSCOPE_VERIFY_TOKEN",
            metavar="TOKEN",
            help="The token that Meta must send in its handshake [random].",
        ),
    ),
    "A team's shared log": (
        _option(
            "--from",
            "from",
            env="HOOKSCOPE_FROM",
            metavar="URL",
            help="Mirror the log that `hookscope relay` keeps there: no app, no secret, no tunnel of your own.",
        ),
        _option("--log", "log", metavar="NAME", help="The name of the log, if there are several [hookscope]."),
        _option(
            "--missed",
            default="show",
            type=click.Choice(["show", "forward"]),
            help="Only show the entries since your last run, or also send them to your app [show].",
        ),
        _option(
            "--history",
            default="36h",
            metavar="SPAN",
            help="How much a new mirror copies: 36h, 7d, a number of entries, or all [36h].",
        ),
        _option("--as", "as", metavar="NAME", help="Your name in `hookscope relay status` [your user name]."),
        _option(
            "--poll", is_flag=True, help="Poll the log each second, for connection poolers that drop notifications."
        ),
    ),
    "Replacing and restoring": (
        _option("--takeover", is_flag=True, help="Allow replacing a callback that is not ours."),
        _option(
            "--restore-verify-token",
            env="HOOKSCOPE_RESTORE_VERIFY_TOKEN",
            metavar="TOKEN",
            help="The replaced callback's token; needed to put it back.",
        ),
        _option(
            "--restore-include-values/--no-restore-include-values",
            env="HOOKSCOPE_RESTORE_INCLUDE_VALUES",
            default=True,
            help="Whether the replaced subscription included values, which Meta does not report [on].",
        ),
        _option("--no-restore", is_flag=True, help="With --takeover: accept that the old callback cannot be put back."),
        _option("--keep", is_flag=True, help="Leave the subscription in place at the end."),
        _option("--dry-run", is_flag=True, help="Show what would change on the app, change nothing."),
    ),
    "Output and stopping": (
        _option(
            "--output",
            env="HOOKSCOPE_OUTPUT",
            type=click.Choice(["tui", "plain", "json"]),
            help="How to show the run [tui on a terminal, else plain].",
        ),
        _option("--json", is_flag=True, help="The same as --output json."),
        web_option,
        _option("--exit-after", type=click.IntRange(1), metavar="N", help="Stop after N notifications."),
        _option(
            "--expect",
            type=FilterText(),
            metavar="FILTER",
            help="Exit with 0 when a notification matches, with 6 when --timeout comes first.",
        ),
        _option(
            "--timeout",
            type=FiniteFloat(0, min_open=True),
            metavar="SECONDS",
            help="Stop this long after the registration.",
        ),
        _option(
            "--sandbox",
            is_flag=True,
            help="Use the built-in Graph API simulator, which also sends events: no account, no network.",
        ),
        _option("--yes", "-y", is_flag=True, help="Ask no questions."),
    ),
}


def options_of(section: str, *names: str) -> tuple[Callable[[_F], _F], ...]:
    """Return the options of a help section, or those with these names."""
    return tuple([one for one in _SECTIONS[section] if not names or {*parameter_names((one,))} & {*names}])


def parameter_names(options: tuple[Callable[[_F], _F], ...]) -> Iterator[str]:
    """Yield the parameters that decorators add."""
    blank: Any = click.Command(None)
    for option in options:
        option(blank)
    return (parameter.name for parameter in blank.params)


SECTION_OF = {name: title for title, options in _SECTIONS.items() for name in parameter_names(options)}
"""The help section of each parameter of `hookscope run`."""
