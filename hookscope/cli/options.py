"""The options of `hookscope run`, and the settings they add up to.

A value comes from the command line, else the environment, else the project's `.hookscope.toml`, else the user's
`config.toml`, else the default.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from hookscope import settings
from hookscope.cli import output
from hookscope.cli.secrets import app_secret, reject_app_secret
from hookscope.errors import UsageError
from hookscope.meta import catalog
from hookscope.settings import (
    Ack,
    App,
    LeaseSettings,
    Output,
    RunSettings,
    Secret,
    StopSettings,
    Topic,
    TunnelSettings,
)

_F = TypeVar("_F", bound=Callable[..., Any])


class _Names(click.ParamType):  # type: ignore[type-arg]
    """A name of a list; the environment variable holds several, separated by commas or blanks."""

    name = "name"

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known

    def split_envvar_value(self, rv: str) -> list[str]:
        return rv.replace(",", " ").split()

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self._known if name.startswith(incomplete)]


class _Fields(click.ParamType):  # type: ignore[type-arg]
    """Fields of an object; the environment variable holds one group a word."""

    name = "fields"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        topic, colon, names = incomplete.rpartition(":")
        *done, last = names.split(",")
        before = topic + colon + "".join(f"{name}," for name in done)
        known = catalog.FIELDS.get(topic or next(iter(ctx.params.get("object") or ()), "page"), frozenset())
        return [CompletionItem(before + name) for name in sorted(known) if name.startswith(last)]


class _Line(click.ParamType):  # type: ignore[type-arg]
    """A whole line; the environment variable holds one a line, since a route has blanks in it."""

    name = "text"

    def split_envvar_value(self, rv: str) -> list[str]:
        return [line.strip() for line in rv.splitlines() if line.strip()]


def app_options(function: _F) -> _F:
    """The options that name an app and its Graph API."""
    return _apply(function, _APP_OPTIONS)


def run_options(function: _F) -> _F:
    """All options of `hookscope run` but the global ones."""
    return _apply(function, (*_APP_OPTIONS, *_RUN_OPTIONS))


def read_app(given: Mapping[str, Any]) -> App:
    """The app that the options name; asks for its secret on a terminal. Raises UsageError."""
    app_id = given["app_id"]
    if not app_id:
        raise UsageError(
            "hookscope must know which app it is for",
            hint="give --app-id, or set HOOKSCOPE_APP_ID; without an account: hookscope run --sandbox",
        )
    if not (app_id.isascii() and app_id.isalnum()):
        raise UsageError(f"--app-id {app_id!r} is no app id", hint="it is the number at the top of the App Dashboard")
    return App(
        app_id=app_id,
        graph_url=settings.check_graph_url(given["graph_url"]),
        graph_version=settings.check_graph_version(given["graph_version"]),
        secret=app_secret(given["app_secret_file"], app_id, ask=not given.get("yes")),
    )


def read_run(given: Mapping[str, Any], journal: Path) -> RunSettings:
    """What a run was asked to do. Raises UsageError."""
    sandbox = given["sandbox"]
    app = _made_up_app() if sandbox else read_app(given)
    tunnel, path = _read_tunnel(given)
    if not sandbox and tunnel.name == "none" and not tunnel.public_url and not _is_local(app.graph_url):
        raise UsageError(
            "Meta cannot reach a receiver without a tunnel",
            hint="give your own address with --public-url, or leave --tunnel out",
        )
    return RunSettings(
        app=app,
        extra_secrets=_extra_secrets(),
        topics=_read_topics(given),
        sandbox=sandbox,
        tunnel=tunnel,
        lease=_read_lease(given),
        targets=tuple(_read_target(text) for text in given["forward_to"]),
        ack=_read_ack(given["ack"]),
        host=given["host"],
        port=given["port"],
        path=path,
        journal=journal,
        output=_read_output(given),
        stop=StopSettings(after=given["exit_after"], expect=given["expect"], timeout=given["timeout"]),
    )


def _made_up_app() -> App:
    import secrets

    return App(app_id=str(secrets.randbelow(9 * 10**14) + 10**14), secret=Secret(secrets.token_hex(16)), graph_url="")


def _read_tunnel(given: Mapping[str, Any]) -> tuple[TunnelSettings, str]:
    """How the receiver is reached, and its path. An address with a path of its own is the whole callback URL."""
    path = settings.check_path(given["path"]) if given["path"] else None
    public_url = settings.check_public_url(given["public_url"]) if given["public_url"] else None
    name = "none" if public_url or given["sandbox"] else given["tunnel"]
    if public_url and path is None and (own := urlsplit(public_url).path):
        public_url, path = public_url.removesuffix(own), own
    token = os.environ.get("NGROK_AUTHTOKEN")
    ngrok_path = given["ngrok_path"] or os.environ.get("PYNGROK_NGROK_PATH")
    tunnel = TunnelSettings(
        name=name,
        public_url=public_url,
        domain=given["domain"],
        authtoken=Secret(token) if token else None,
        ngrok_path=Path(ngrok_path).expanduser() if ngrok_path else None,
    )
    return tunnel, path or settings.random_path()


def _read_topics(given: Mapping[str, Any]) -> tuple[Topic, ...]:
    topics = settings.topics(tuple(given["object"]), tuple(given["fields"]))
    if not given["sandbox"]:
        return topics
    from hookscope.sandbox.samples import DEMO_FIELDS

    return tuple(
        topic if topic.fields else Topic(object=topic.object, fields=DEMO_FIELDS.get(topic.object)) for topic in topics
    )


def _read_lease(given: Mapping[str, Any]) -> LeaseSettings:
    return LeaseSettings(
        verify_token=given["verify_token"] or settings.random_verify_token(),
        include_values=given["include_values"],
        takeover=given["takeover"],
        restore_verify_token=given["restore_verify_token"],
        restore_include_values=given["restore_include_values"],
        no_restore=given["no_restore"],
        keep=given["keep"],
        dry_run=given["dry_run"],
    )


def _read_target(text: str) -> str:
    if "=>" in text:
        raise UsageError(f"--forward-to {text!r}: routes are not known yet", hint="give a plain address")
    return settings.check_target(text)


def _read_ack(text: str) -> Ack:
    if text == Ack.APP:
        raise UsageError("--ack app is not known yet", hint="leave it out: Meta is answered at once")
    return Ack(text)


def _read_output(given: Mapping[str, Any]) -> Output:
    asked = Output.JSON if given["json"] else given["output"] and Output(given["output"])
    if asked is Output.TUI and not output.has_terminal():
        raise UsageError("there is no terminal to draw on", hint="use --output plain or --output json")
    return asked or (Output.TUI if output.has_terminal() else Output.PLAIN)


def _extra_secrets() -> tuple[Secret, ...]:
    given = os.environ.get("HOOKSCOPE_EXTRA_SECRETS", "")
    return tuple(Secret(text) for text in (part.strip() for part in given.split(",")) if text)


def _is_local(graph_url: str) -> bool:
    return settings.is_loopback(urlsplit(graph_url).hostname or "")


def _apply(function: _F, options: tuple[Callable[[_F], _F], ...]) -> _F:
    for option in reversed(options):
        function = option(function)
    return function


def _option(*names: str, env: str | None = None, **attributes: Any) -> Callable[[_F], _F]:
    if env:
        attributes |= {"envvar": env, "show_envvar": True}
    return click.option(*names, **attributes)


_APP_OPTIONS: tuple[Callable[[_F], _F], ...] = (
    _option("--app-id", env="HOOKSCOPE_APP_ID", metavar="ID", help="The Meta app."),
    _option(
        "--app-secret-file",
        type=click.Path(dir_okay=False, allow_dash=True),
        metavar="FILE",
        help="File with the app secret, `-` for stdin; else HOOKSCOPE_APP_SECRET, else a question.",
    ),
    _option("--app-secret", hidden=True, expose_value=False, is_eager=True, callback=reject_app_secret),
    _option("--graph-url", env="HOOKSCOPE_GRAPH_URL", default=settings.GRAPH_URL, metavar="URL", help="The Graph API."),
    _option(
        "--graph-version",
        env="HOOKSCOPE_GRAPH_VERSION",
        default=catalog.DEFAULT_VERSION,
        show_default=True,
        metavar="vN.N",
        help="Its version.",
    ),
)
_RUN_OPTIONS: tuple[Callable[[_F], _F], ...] = (
    _option(
        "--object",
        env="HOOKSCOPE_OBJECT",
        multiple=True,
        type=_Names(catalog.OBJECTS),
        metavar="NAME",
        help="What to subscribe to [page]; repeatable.",
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
    _option(
        "--forward-to",
        "-f",
        env="HOOKSCOPE_FORWARD_TO",
        multiple=True,
        type=_Line(),
        metavar="URL",
        help="Your app: a port, HOST:PORT/PATH or a URL; repeatable.",
    ),
    _option(
        "--ack",
        env="HOOKSCOPE_ACK",
        default="early",
        type=click.Choice(["early", "app"]),
        help="Answer Meta at once, or with your app's answer [early].",
    ),
    _option(
        "--tunnel",
        env="HOOKSCOPE_TUNNEL",
        default="ngrok",
        type=click.Choice(["ngrok", "none"]),
        help="How the receiver is reached from outside [ngrok].",
    ),
    _option(
        "--public-url",
        env="HOOKSCOPE_PUBLIC_URL",
        metavar="URL",
        help="Your own public address; implies --tunnel none.",
    ),
    _option("--domain", env="HOOKSCOPE_DOMAIN", metavar="NAME", help="A domain reserved at ngrok."),
    _option(
        "--ngrok-path",
        env="HOOKSCOPE_NGROK_PATH",
        type=click.Path(),
        metavar="FILE",
        help="The ngrok agent [on PATH, else it is downloaded].",
    ),
    _option(
        "--host",
        env="HOOKSCOPE_HOST",
        default="127.0.0.1",
        show_default=True,
        metavar="HOST",
        help="Where the receiver listens.",
    ),
    _option(
        "--port",
        env="HOOKSCOPE_PORT",
        default=0,
        type=click.IntRange(0, 65535),
        metavar="PORT",
        help="And on which port [a free one].",
    ),
    _option("--path", env="HOOKSCOPE_PATH", metavar="PATH", help="The callback's path [random, not to be guessed]."),
    _option(
        "--verify-token",
        env="HOOKSCOPE_VERIFY_TOKEN",
        metavar="TOKEN",
        help="What Meta must show in its handshake [random].",
    ),
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
        help="Whether the replaced subscription carried values: Meta does not tell [on].",
    ),
    _option("--no-restore", is_flag=True, help="With --takeover: accept that the old callback cannot be put back."),
    _option("--keep", is_flag=True, help="Leave the subscription in place at the end."),
    _option(
        "--output",
        env="HOOKSCOPE_OUTPUT",
        type=click.Choice(["tui", "plain", "json"]),
        help="How to show what comes [tui on a terminal, else plain].",
    ),
    _option("--json", is_flag=True, help="The same as --output json."),
    _option("--exit-after", type=click.IntRange(1), metavar="N", help="Stop after N notifications."),
    _option(
        "--expect",
        metavar="FILTER",
        help="Stop with 0 when a notification matches, with 6 when --timeout comes first.",
    ),
    _option(
        "--timeout",
        type=click.FloatRange(0, min_open=True),
        metavar="SECONDS",
        help="Stop so long after the registration.",
    ),
    _option("--sandbox", is_flag=True, help="No account, no network: a built-in Graph API that also sends events."),
    _option("--dry-run", is_flag=True, help="Show what would change on the app, change nothing."),
    _option("--yes", "-y", is_flag=True, help="Ask no questions."),
)
