"""The sources of the app secret: a file, the environment, or a prompt. Never the command line."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from hookscope.cli import output
from hookscope.errors import UsageError
from hookscope.input_files import read_input
from hookscope.secret_sources import (
    APP_SECRET,
    DASHBOARD_PLACE,
    Secret,
    SecretSources,
    check_app_secret,
    known_app_secret,
)

_F = TypeVar("_F", bound=Callable[..., Any])

_LARGEST = 64 << 10
"""In bytes, of a file with a secret."""


def read_secrets(file: str | None) -> SecretSources:
    """Return the secrets of the environment, with the app secret in `file` in place of its own. Raises UsageError.

    From now on none of them is printed or logged.
    """
    secrets = SecretSources()
    output.choose(secrets=secrets)
    if file:
        secrets.use_app_secret(check_app_secret(_read(file), f"in {file}"))
    return secrets


def app_secret(secrets: SecretSources, app_id: str, *, ask: bool) -> Secret:
    """Return the secret of an app; ask on a terminal when nothing else gives it. Raises UsageError."""
    if known := known_app_secret(secrets):
        return known
    if ask and sys.stdin.isatty() and sys.stderr.isatty():
        return _typed(secrets, click.prompt(f"App secret of {app_id} ({DASHBOARD_PLACE})", hide_input=True, err=True))
    raise UsageError(
        "the app secret is missing",
        hint=f"set {APP_SECRET}, or name a file with --app-secret-file ({DASHBOARD_PLACE})",
    )


def optional_app_secret(secrets: SecretSources) -> Secret | None:
    """Return the secret as `app_secret` does, or None when nothing gives it, or the prompt is not answered."""
    if known := known_app_secret(secrets):
        return known
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    typed = click.prompt(
        f"App secret to sign with ({DASHBOARD_PLACE}; Enter: none)", "", hide_input=True, show_default=False, err=True
    )
    return _typed(secrets, typed) if typed.strip() else None


def _typed(secrets: SecretSources, text: str) -> Secret:
    """Return the typed secret: it belongs to the app in the prompt, which need not be the only one."""
    secret = check_app_secret(text, "as typed")
    secrets.keep_out((secret,))
    return secret


def secret_option(told: str) -> Callable[[_F], _F]:
    """`--app-secret-file` with its help; `--app-secret` is there to be refused."""

    def apply(function: _F) -> _F:
        refused = click.option(
            "--app-secret", hidden=True, expose_value=False, is_eager=True, callback=reject_app_secret
        )
        file = click.Path(dir_okay=False, allow_dash=True)
        return click.option("--app-secret-file", type=file, metavar="FILE", help=told)(refused(function))

    return apply


def reject_app_secret(_: click.Context, __: click.Parameter, value: Any) -> None:
    """Refuse `--app-secret`: every user of the machine can read a command line, and the shell's history keeps it."""
    if value is not None:
        raise UsageError(
            "the app secret does not belong on the command line, where every user of this machine can read it",
            hint=f"set {APP_SECRET}, or name a file with --app-secret-file",
        )


def _read(file: str) -> str:
    try:
        return sys.stdin.readline() if file == "-" else read_input(Path(file).expanduser(), limit=_LARGEST).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(
            f"the app secret cannot be read from {file}: {reason}", hint=f"name another file, or set {APP_SECRET}"
        ) from error
