"""`hookscope mcp`: captures, explanations and, where allowed, replays for an assistant, over MCP."""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import click

from hookscope import urls
from hookscope.cli import asyncio_runner, output
from hookscope.cli.common import journal_of, shared_options, verbosity_of
from hookscope.cli.run.options import app_options
from hookscope.cli.run.settings_from_options import read_app
from hookscope.cli.secrets import read_access_tokens, read_secrets, token_options
from hookscope.errors import ExitCode, UsageError
from hookscope.secret_sources import SecretSources
from hookscope.settings import App

_FILES = ("app_secret_file", "page_token_file", "user_token_file")


@click.command(
    "mcp", epilog="It communicates over stdin and stdout, and is started by the assistant's program; see docs/mcp.md."
)
@click.option("--allow-send", is_flag=True, help="Also replay and trigger, to where your runs forward on this machine.")
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="URL",
    help="With --allow-send: send only to this app, on any machine; repeatable.",
)
@app_options
@token_options
@shared_options
@click.pass_context
def command(ctx: click.Context, /, allow_send: bool, targets: tuple[str, ...], **given: Any) -> None:
    """Let an assistant read captures and explain them, over the Model Context Protocol.

    Nothing is registered, restored, or deleted, and without --allow-send nothing is sent. Secrets are left out, and
    texts from outside are marked as such.
    """
    if targets and not allow_send:
        raise UsageError(
            "--to needs --allow-send; without it, nothing is sent", hint="add --allow-send, or leave it out"
        )
    if wire := next((name for name in _FILES if given[name] == "-"), None):
        raise UsageError(f"--{wire.replace('_', '-')} - reads stdin, which the assistant uses", hint="name a file")
    serve = _load()
    from hookscope.cli.log_file import configure_logging
    from hookscope.mcp.access import Access

    secrets = read_secrets(given["app_secret_file"])
    read_access_tokens(secrets, given)
    access = Access(
        journal=journal_of(ctx),
        secrets=secrets,
        app=_app(given, secrets),
        may_send=allow_send,
        targets=tuple(map(urls.check_target, targets)),
    )
    configure_logging(verbosity_of(ctx), to_terminal=True)
    if sys.stdin.isatty():
        output.print_progress("waiting for an assistant on stdin; set one up as docs/mcp.md says, or press Ctrl-C")
    asyncio_runner.run_async(_until_stopped(serve, access))


async def _until_stopped(serve: Any, access: Any) -> None:
    from hookscope.engine import signals

    stopped = asyncio.Event()
    with signals.handled(lambda _: stopped.set(), _leave):
        await serve(access, stopped, _leave)


def _leave() -> NoReturn:
    os._exit(ExitCode.OK)


def _load() -> Any:
    """Return the server. Raises UsageError without the extra."""
    try:
        from hookscope.mcp.server import serve
    except ImportError as error:
        if not (error.name or "").startswith("mcp"):
            raise
        raise UsageError(
            "`hookscope mcp` needs the Python MCP SDK, version 2.3 or later",
            hint="pip install 'hookscope[mcp]', or from a checkout: pip install '.[mcp]'",
        ) from error
    return serve


def _app(given: Mapping[str, Any], secrets: SecretSources) -> App | None:
    """Return the app that the doctor examines, or None when its id or its secret is unknown."""
    if not given["app_id"] or secrets.app_secret is None:
        return None
    return read_app({**given, "yes": True}, secrets)
