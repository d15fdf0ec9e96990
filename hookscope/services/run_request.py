"""Run: turns the options of a command line or a program into checked settings, in one place."""

import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from hookscope import settings, urls
from hookscope.errors import UsageError
from hookscope.meta.catalog import WHATSAPP
from hookscope.model.record import SANDBOX
from hookscope.scope import Scope, check_page, check_scope
from hookscope.secret_sources import SecretSources, known_app_secret
from hookscope.settings import (
    Ack,
    App,
    ForwardSettings,
    LeaseSettings,
    MirrorSettings,
    Output,
    RunSettings,
    StopSettings,
    Topic,
    TunnelSettings,
)
from hookscope.tunnel import registry

_HIGHEST_PORT = 65535


class RunRequest(Struct, frozen=True, kw_only=True):
    """The options of a run as given; `run_settings` checks them.

    `app` is None for a sandbox, and for a run with a `mirror`, which needs none. The others have the names of the
    options of `hookscope run`; `fields` are `a,b`, or `OBJECT:a,b` with several objects.
    """

    app: App | None
    secrets: SecretSources
    journal: Path
    mirror: MirrorSettings | None = None
    objects: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    scope: str | None = None
    tunnel: str | None = None
    public_url: str | None = None
    domain: str | None = None
    ngrok_path: Path | None = None
    ngrok_pooling: bool = False
    tunnel_host: str | None = None
    tunnel_command: str | None = None
    tunnel_url_pattern: str | None = None
    path: str | None = None
    host: str
    port: int
    forward_to: tuple[str, ...] = ()
    ack: str = Ack.EARLY
    forward_handshakes: bool = False
    max_connections: int | None = None
    headers: tuple[str, ...] = ()
    skip_verify: bool = False
    lease: LeaseSettings
    output: Output = Output.PLAIN
    stop: StopSettings = field(default_factory=StopSettings)


def run_settings(request: RunRequest) -> RunSettings:
    """Return the settings of a run, checked. Raises UsageError."""
    if request.mirror:
        return _mirroring(request, request.mirror)
    app = request.app or _made_up_app(request.secrets)
    tunnel, path = _tunnel(request)
    if request.app and tunnel.name == "none" and not tunnel.public_url and not is_local(app.graph_url):
        raise UsageError(
            "Meta cannot reach a receiver without a tunnel",
            hint="give your own address with --public-url, or leave --tunnel out",
        )
    accounts, topics = _accounts(request), _topics(request)
    _check_accounts(accounts, topics, sandbox=request.app is None)
    forward = _forward(request)
    _check_port(forward, request.port)
    return RunSettings(
        app=app,
        secrets=request.secrets,
        topics=topics,
        accounts=accounts,
        sandbox=request.app is None,
        tunnel=tunnel,
        lease=request.lease,
        forward=forward,
        host=request.host,
        port=request.port,
        path=path,
        journal=request.journal,
        output=request.output,
        stop=request.stop,
    )


def _mirroring(request: RunRequest, mirror: MirrorSettings) -> RunSettings:
    """Return the settings of a run that mirrors a shared log. Its receiver is for triggers on this machine."""
    from hookscope.sandbox.address import made_up_secret

    if _ack(request.ack) is Ack.APP:
        raise UsageError(
            "--ack app cannot be combined with --from: Meta was answered when the relay received",
            hint="leave it out, or give --ack early",
        )
    forward = _forward(request)
    _check_port(forward, request.port)
    name = f"{mirror.address.shown.partition('://')[2].rpartition('@')[2]}#{mirror.address.log}"
    secret = known_app_secret(request.secrets) or made_up_secret(SANDBOX)
    return RunSettings(
        app=App(app_id=name, secret=secret, graph_url=""),
        secrets=request.secrets,
        topics=(),
        mirror=mirror,
        lease=request.lease,
        forward=replace(forward, handshakes=False),
        port=request.port,
        path=urls.check_path(request.path) if request.path else settings.random_path(),
        journal=request.journal,
        output=request.output,
        stop=request.stop,
    )


def parse_history(text: str) -> timedelta | int | None:
    """Parse the part of a log that a new mirror copies: `36h`, a number of entries, or `all`. Raises UsageError."""
    from hookscope.filter import parse_duration

    if text == "all":
        return None
    if text.isascii() and text.isdecimal():
        return int(text)
    try:
        return parse_duration(text)
    except UsageError as error:
        raise UsageError(f"--history {text!r} is not a part of a log", hint="write 36h, 7d, 1000, or all") from error


def _made_up_app(known: SecretSources) -> App:
    """Return the sandbox's app. It has the user's own app secret, if one is given, which the user's app checks with."""
    from hookscope.sandbox.address import made_up_secret

    app_id = str(secrets.randbelow(9 * 10**14) + 10**14)
    secret = known_app_secret(known) or made_up_secret(SANDBOX)  # The journal has all sandboxes under this id.
    known.use_app_secret(secret)
    return App(app_id=app_id, secret=secret, graph_url="")


def _tunnel(request: RunRequest) -> tuple[TunnelSettings, str]:
    """Return the tunnel's settings and the path. An address with a path of its own is the whole callback URL."""
    path = urls.check_path(request.path) if request.path else None
    is_auto = request.public_url == registry.AUTO
    public_url = urls.check_public_url(request.public_url) if request.public_url and not is_auto else None
    if public_url and path is None and (own := urlsplit(public_url).path):
        public_url, path = public_url.removesuffix(own), own
    tunnel = TunnelSettings(
        name="none" if public_url or request.app is None else _tunnel_name(request),
        public_url=public_url,
        domain=request.domain,
        authtoken=request.secrets.authtoken,
        ngrok_path=request.ngrok_path,
        ngrok_pooling=request.ngrok_pooling,
        host=request.tunnel_host,
        command=request.tunnel_command,
        url_pattern=request.tunnel_url_pattern,
    )
    return tunnel, path or settings.random_path()


def _tunnel_name(request: RunRequest) -> str:
    """Return the chosen tunnel, or the one that another option implies."""
    if request.public_url == registry.AUTO:
        return registry.AUTO
    return registry.find(request.tunnel or ("command" if request.tunnel_command else "ngrok")).name


def _topics(request: RunRequest) -> tuple[Topic, ...]:
    objects = (WHATSAPP,) if request.scope and not request.objects else request.objects
    topics = settings.topics(objects, request.fields)
    if request.app:
        return topics
    from hookscope.sandbox.demo import DEMO_FIELDS

    return tuple(
        topic if topic.fields else Topic(object=topic.object, fields=DEMO_FIELDS.get(topic.object)) for topic in topics
    )


def _accounts(request: RunRequest) -> tuple[Scope, ...]:
    pages = tuple(dict.fromkeys(map(check_page, request.pages)))
    return (*pages, check_scope(request.scope)) if request.scope else pages


def _check_accounts(accounts: tuple[Scope, ...], topics: tuple[Topic, ...], *, sandbox: bool) -> None:
    if accounts and sandbox:
        raise UsageError(
            f"{accounts[0]} is not in the sandbox, whose own Page and WhatsApp account have everything installed",
            hint="start `hookscope sandbox` in another terminal, paste its export line here, and leave out --sandbox",
        )
    for account in accounts:
        if account.object not in [topic.object for topic in topics]:
            raise UsageError(
                f"{account} brings nothing without --object {account.object}", hint=f"add --object {account.object}"
            )


def _forward(request: RunRequest) -> ForwardSettings:
    ack = _ack(request.ack)
    routes = tuple(settings.check_route(text) for text in request.forward_to)
    if ack is Ack.APP and not routes:
        raise UsageError("--ack app needs an app to answer", hint="name it with --forward-to")
    if request.forward_handshakes and not routes:
        raise UsageError("--forward-handshakes needs an app to send them to", hint="name it with --forward-to")
    for route in routes:
        if route.filter:
            from hookscope.filter import parse_on_arrival

            parse_on_arrival(route.filter)
    return ForwardSettings(
        routes=routes,
        ack=ack,
        connections=request.max_connections,
        headers=tuple(settings.check_header(text) for text in request.headers),
        verify=not request.skip_verify,
        handshakes=request.forward_handshakes,
    )


def _ack(text: str) -> Ack:
    if text not in tuple(Ack):
        raise UsageError(f"--ack {text!r} is not a way to answer Meta", hint=f"choose from: {', '.join(Ack)}")
    return Ack(text)


def _check_port(forward: ForwardSettings, port: int) -> None:
    if not 0 <= port <= _HIGHEST_PORT:
        raise UsageError(f"--port {port} is not a port", hint=f"choose one up to {_HIGHEST_PORT}, or 0 for a free one")
    for target in forward.targets:
        parts = urlsplit(target)
        if port and parts.port == port and urls.is_loopback(parts.hostname or ""):
            raise UsageError(
                f"--forward-to {target} leads to hookscope itself, which listens on --port {port}",
                hint="--forward-to needs your app's port; leave out --port to use a free one",
            )


def is_local(graph_url: str) -> bool:
    """Return whether a Graph API is on this machine, and so can reach a receiver without a tunnel."""
    return urls.is_loopback(urlsplit(graph_url).hostname or "")
