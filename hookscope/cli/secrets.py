"""The sources of the app secret and of access tokens: a file, the environment, a prompt. Never the command line."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from hookscope import paths
from hookscope.cli import output
from hookscope.errors import UsageError
from hookscope.input_files import read_input
from hookscope.secret_sources import (
    APP_SECRET,
    DASHBOARD_PLACE,
    PAGE_TOKEN,
    USER_TOKEN,
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

    A file that a settings file names is for when the environment has none. From now on none of them is printed or
    logged.
    """
    secrets = SecretSources()
    output.choose(secrets=secrets)
    if file and not _is_overruled(secrets, secrets.app_secret, "app_secret_file", file):
        secrets.use_app_secret(check_app_secret(_read(file), f"from {_named(file)}"))
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
        f"App secret to sign with ({DASHBOARD_PLACE}; Enter for none)",
        "",
        hide_input=True,
        show_default=False,
        err=True,
    )
    return _typed(secrets, typed) if typed.strip() else None


def _typed(secrets: SecretSources, text: str) -> Secret:
    """Return the typed secret: it belongs to the app in the prompt, which need not be the only one."""
    secret = check_app_secret(text, "as typed")
    secrets.keep_out((secret,))
    return secret


def read_access_tokens(secrets: SecretSources, given: Mapping[str, Any]) -> None:
    """Take the tokens from the files of `token_options`, else from the environment. Raises UsageError.

    As in `read_secrets`, the environment comes before a file that a settings file names.
    """
    file = given["page_token_file"]
    if file and not _is_overruled(secrets, secrets.page_token, "page_token_file", file):
        secrets.use_page_token(_token(file, PAGE_TOKEN))
    elif secrets.page_token:
        _check_token(secrets.page_token.reveal(), f"in {PAGE_TOKEN}", PAGE_TOKEN)
    file = given["user_token_file"]
    if file and not _is_overruled(secrets, secrets.user_token, "user_token_file", file):
        secrets.use_user_token(_token(file, USER_TOKEN))
    elif secrets.user_token:
        _check_token(secrets.user_token.reveal(), f"in {USER_TOKEN}", USER_TOKEN)


def _is_overruled(secrets: SecretSources, own: Secret | None, parameter: str, file: str) -> bool:
    """Return whether the environment's own secret holds, in place of the one in a file that a settings file names.

    That one is a secret all the same, and redacted if it can be read.
    """
    source = own and click.get_current_context().get_parameter_source(parameter)
    if source is not ParameterSource.DEFAULT_MAP:
        return False
    if file != "-":
        with suppress(UsageError):
            secrets.keep_out((Secret(_read(file).strip()),))
    return True


def token_options(function: _F) -> _F:
    """`--page-token-file` and `--user-token-file`; tokens are never given on the command line."""
    file = click.Path(dir_okay=False, allow_dash=True)
    help_text = f"File with the token of a user who runs the Page; else {USER_TOKEN}."
    function = click.option("--user-token-file", type=file, metavar="FILE", help=help_text)(function)
    help_text = f"File with the Page's token; else {PAGE_TOKEN}."
    return click.option("--page-token-file", type=file, metavar="FILE", help=help_text)(function)


def secret_option(help_text: str) -> Callable[[_F], _F]:
    """`--app-secret-file` with its help; `--app-secret` is there to be refused."""

    def apply(function: _F) -> _F:
        refused = click.option(
            "--app-secret", hidden=True, expose_value=False, is_eager=True, callback=reject_app_secret
        )
        file = click.Path(dir_okay=False, allow_dash=True)
        return click.option("--app-secret-file", type=file, metavar="FILE", help=help_text)(refused(function))

    return apply


def reject_app_secret(_: click.Context, __: click.Parameter, value: Any) -> None:
    """Refuse `--app-secret`: every user of the machine can read a command line, and the shell's history keeps it."""
    if value is not None:
        raise UsageError(
            "the app secret does not belong on the command line, where every user of this machine can read it",
            hint=f"set {APP_SECRET}, or name a file with --app-secret-file",
        )


def _token(file: str, variable: str) -> Secret:
    return _check_token(_read(file, "the access token", variable).strip(), f"from {_named(file)}", variable)


def _check_token(token: str, where: str, variable: str) -> Secret:
    if not token or not token.isprintable() or " " in token:
        raise UsageError(f"the access token {where} is empty or invalid", hint=f"copy it again, and set {variable}")
    return Secret(token)


def _read(file: str, what: str = "the app secret", variable: str = APP_SECRET) -> str:
    try:
        if file == "-":
            return sys.stdin.readline()
        return read_input(paths.named(file), limit=_LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(
            f"{what} cannot be read from {_named(file)}: {reason}", hint=f"name another file, or set {variable}"
        ) from error


def _named(file: str) -> str:
    return "stdin" if file == "-" else file
