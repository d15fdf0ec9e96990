"""What a command line adds up to: the settings of a run, checked."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hookscope import settings, urls
from hookscope.cli import output
from hookscope.cli.secrets import app_secret, known_app_secret, read_secrets
from hookscope.errors import UsageError
from hookscope.secret_sources import SecretSources
from hookscope.settings import (
    Ack,
    App,
    ForwardSettings,
    LeaseSettings,
    Output,
    RunSettings,
    StopSettings,
    Topic,
    TunnelSettings,
)


def read_app(given: Mapping[str, Any], secrets: SecretSources) -> App:
    """The app that the options name; asks for its secret on a terminal. Raises UsageError."""
    app_id = given["app_id"]
    if not app_id:
        raise UsageError(
            "hookscope must know which app it is for",
            hint="give --app-id, or set HOOKSCOPE_APP_ID; without an account: hookscope run --sandbox",
        )
    if not (app_id.isascii() and app_id.isalnum()):
        raise UsageError(f"--app-id {app_id!r} is no app id", hint="it is the number at the top of the App Dashboard")
    secret = app_secret(secrets, app_id, ask=not given.get("yes"))
    secrets.use_app_secret(secret)
    return App(
        app_id=app_id,
        graph_url=urls.check_graph_url(given["graph_url"]),
        graph_version=settings.check_graph_version(given["graph_version"]),
        secret=secret,
    )


def run_settings(given: Mapping[str, Any], journal: Path) -> RunSettings:
    """What a run was asked to do. Raises UsageError."""
    sandbox = given["sandbox"]
    secrets = read_secrets(given["app_secret_file"])
    app = _made_up_app(secrets) if sandbox else read_app(given, secrets)
    tunnel, path = _read_tunnel(given, secrets)
    if not sandbox and tunnel.name == "none" and not tunnel.public_url and not _is_local(app.graph_url):
        raise UsageError(
            "Meta cannot reach a receiver without a tunnel",
            hint="give your own address with --public-url, or leave --tunnel out",
        )
    forward = _read_forward(given)
    _check_own_port(forward, given["port"])
    return RunSettings(
        app=app,
        secrets=secrets,
        topics=_read_topics(given),
        sandbox=sandbox,
        tunnel=tunnel,
        lease=_read_lease(given),
        forward=forward,
        host=given["host"],
        port=given["port"],
        path=path,
        journal=journal,
        output=_read_output(given),
        stop=StopSettings(after=given["exit_after"], expect=given["expect"], timeout=given["timeout"]),
    )


def _made_up_app(known: SecretSources) -> App:
    """The sandbox's app. It has the secret that the user's own app checks signatures with, where that is given."""
    import secrets

    from hookscope.sandbox.address import made_up_secret

    app_id = str(secrets.randbelow(9 * 10**14) + 10**14)
    secret = known_app_secret(known) or made_up_secret(app_id)
    known.use_app_secret(secret)
    return App(app_id=app_id, secret=secret, graph_url="")


def _read_tunnel(given: Mapping[str, Any], secrets: SecretSources) -> tuple[TunnelSettings, str]:
    """How the receiver is reached, and its path. An address with a path of its own is the whole callback URL."""
    path = urls.check_path(given["path"]) if given["path"] else None
    public_url = urls.check_public_url(given["public_url"]) if given["public_url"] else None
    name = "none" if public_url or given["sandbox"] else given["tunnel"]
    if public_url and path is None and (own := urlsplit(public_url).path):
        public_url, path = public_url.removesuffix(own), own
    ngrok_path = given["ngrok_path"] or os.environ.get("PYNGROK_NGROK_PATH")
    tunnel = TunnelSettings(
        name=name,
        public_url=public_url,
        domain=given["domain"],
        authtoken=secrets.authtoken,
        ngrok_path=Path(ngrok_path).expanduser() if ngrok_path else None,
    )
    return tunnel, path or settings.random_path()


def _read_topics(given: Mapping[str, Any]) -> tuple[Topic, ...]:
    topics = settings.topics(tuple(given["object"]), tuple(given["fields"]))
    if not given["sandbox"]:
        return topics
    from hookscope.sandbox.scenario import DEMO_FIELDS

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


def _read_forward(given: Mapping[str, Any]) -> ForwardSettings:
    ack = Ack(given["ack"])
    routes = tuple(settings.check_route(text) for text in given["forward_to"])
    if ack is Ack.APP and not routes:
        raise UsageError("--ack app needs an app to answer", hint="name it with --forward-to")
    if given["forward_handshakes"] and not routes:
        raise UsageError("--forward-handshakes needs an app to send them to", hint="name it with --forward-to")
    for route in routes:
        if route.filter:
            from hookscope.filter import parse_on_arrival

            parse_on_arrival(route.filter)
    return ForwardSettings(
        routes=routes,
        ack=ack,
        connections=given["max_connections"],
        headers=tuple(settings.check_header(text) for text in given["header"]),
        verify=not given["skip_verify"],
        handshakes=given["forward_handshakes"],
    )


def _check_own_port(forward: ForwardSettings, port: int) -> None:
    for target in forward.targets:
        parts = urlsplit(target)
        if port and parts.port == port and urls.is_loopback(parts.hostname or ""):
            raise UsageError(
                f"--forward-to {target} leads to hookscope itself, which listens on --port {port}",
                hint="--forward-to wants your app's port; leave --port out, and a free one is taken",
            )


def _read_output(given: Mapping[str, Any]) -> Output:
    asked = Output.JSON if given["json"] else given["output"] and Output(given["output"])
    if asked is Output.TUI and not output.has_terminal():
        raise UsageError("there is no terminal to draw on", hint="use --output plain or --output json")
    return asked or (Output.TUI if output.has_terminal() else Output.PLAIN)


def _is_local(graph_url: str) -> bool:
    return urls.is_loopback(urlsplit(graph_url).hostname or "")
