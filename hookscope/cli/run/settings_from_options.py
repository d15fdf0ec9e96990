"""The settings of a run from its command line, checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from hookscope import paths, settings, terminal, urls
from hookscope.cli.run.mirror_options import read_mirror
from hookscope.cli.run.tunnel_choice import choose_tunnel
from hookscope.cli.secrets import app_secret, read_access_tokens, read_secrets
from hookscope.cli.web_process import check_web
from hookscope.errors import UsageError
from hookscope.secret_sources import SecretSources
from hookscope.services import run_request
from hookscope.services.run_request import RunRequest
from hookscope.settings import App, LeaseSettings, Output, RunSettings, StopSettings


def read_app(given: Mapping[str, Any], secrets: SecretSources) -> App:
    """Return the app that the options name; ask for its secret on a terminal. Raises UsageError."""
    if not given["app_id"]:
        raise UsageError(
            "no app id was given",
            hint="give --app-id, or set HOOKSCOPE_APP_ID; without an account: hookscope run --sandbox",
        )
    app_id = settings.check_app_id(given["app_id"])
    secret = app_secret(secrets, app_id, ask=not given.get("yes"))
    secrets.use_app_secret(secret)
    return App(
        app_id=app_id,
        graph_url=urls.check_graph_url(given["graph_url"]),
        graph_version=settings.check_graph_version(given["graph_version"]),
        secret=secret,
    )


def run_settings(given: Mapping[str, Any], journal: Path) -> RunSettings:
    """Return the settings of a run. Raises UsageError."""
    given = without_account(given)
    secrets = read_secrets(given["app_secret_file"])
    read_access_tokens(secrets, given)
    mirror = read_mirror(given, secrets)
    choice = choose_tunnel(given)
    return run_request.run_settings(
        RunRequest(
            app=None if given["sandbox"] or mirror else read_app(given, secrets),
            secrets=secrets,
            journal=journal,
            mirror=mirror,
            objects=tuple(given["object"]),
            fields=tuple(given["fields"]),
            pages=tuple(given["page"]),
            scope=given["scope"],
            tunnel=choice.tunnel,
            public_url=choice.public_url,
            domain=given["domain"],
            ngrok_path=paths.named(given["ngrok_path"]) if given["ngrok_path"] else None,
            ngrok_pooling=given["ngrok_pooling"],
            tunnel_host=given["tunnel_host"],
            tunnel_command=choice.command,
            tunnel_url_pattern=given["tunnel_url_pattern"],
            path=given["path"],
            host=given["host"],
            port=given["port"],
            forward_to=tuple(given["forward_to"]),
            ack=given["ack"],
            forward_handshakes=given["forward_handshakes"],
            max_connections=given["max_connections"],
            headers=tuple(given["header"]),
            skip_verify=given["skip_verify"],
            lease=read_lease(given, given["verify_token"] or settings.random_verify_token()),
            output=_read_output(given),
            stop=StopSettings(after=given["exit_after"], expect=given["expect"], timeout=given["timeout"]),
        )
    )


_OF_AN_ACCOUNT: Mapping[str, Any] = {"public_url": None, "page": (), "scope": None}
"""Options that name what a sandbox does not have, with the value of an option that is not given."""


def without_account(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options for a sandbox without what the environment or a file has for a real app; others unchanged."""
    if not given["sandbox"]:
        return given
    source = click.get_current_context().get_parameter_source
    left_out = (name for name in _OF_AN_ACCOUNT if source(name) is not ParameterSource.COMMANDLINE)
    return {**given, **{name: _OF_AN_ACCOUNT[name] for name in left_out}}


def read_lease(given: Mapping[str, Any], verify_token: str) -> LeaseSettings:
    """Return how to register. A relay has no `keep`: it always stays registered."""
    return LeaseSettings(
        verify_token=verify_token,
        include_values=given["include_values"],
        takeover=given["takeover"],
        restore_verify_token=given["restore_verify_token"],
        restore_include_values=given["restore_include_values"],
        no_restore=given["no_restore"],
        keep=given.get("keep", False),
        dry_run=given["dry_run"],
    )


def _read_output(given: Mapping[str, Any]) -> Output:
    asked = Output.JSON if given["json"] else given["output"] and Output(given["output"])
    check_web(web=given["web"], asked=asked)
    if asked is Output.TUI and not terminal.is_usable():
        raise UsageError("there is no terminal to draw on", hint="use --output plain or --output json")
    return asked or (Output.TUI if terminal.is_usable() and not given["web"] else Output.PLAIN)
