"""`hookscope config`: the files and values in use, the source of each, and the trusted project files."""

import json
import os
from pathlib import Path
from typing import Any

import click
from msgspec import Struct
from msgspec.structs import asdict

from hookscope import paths
from hookscope.cli import output
from hookscope.cli.common import config_of, journal_of, shared_options, variables_of
from hookscope.cli.config import ConfigFile, Configured, files, load, read
from hookscope.cli.config_keys import KEYS
from hookscope.cli.confirmation import is_confirmed
from hookscope.errors import UsageError
from hookscope.formats import event_stream
from hookscope.secret_sources import APP_SECRET, AUTHTOKEN, EXTRA_SECRETS, PAGE_TOKEN, USER_TOKEN
from hookscope.views.sanitize import sanitize

_UNSET = ("default", "not set")
_SECRETS = (APP_SECRET, EXTRA_SECRETS, PAGE_TOKEN, USER_TOKEN, AUTHTOKEN)


@click.group("config")
@shared_options
def command(**_: Any) -> None:
    """Show the files and values in use, and trust a project's file."""


@command.command("path")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@shared_options
@click.pass_context
def path_command(ctx: click.Context, /, as_json: bool) -> None:
    """Print the paths of the files that are read and written."""
    named = {
        "project_config": str(paths.project_config_file() or ""),
        "user_config": str(paths.user_config_file() or ""),
        "journal": str(journal_of(ctx)),
        "ledger": str(paths.ledger_file()),
        "log": str(paths.log_file()),
    }
    if chosen := config_of(ctx):
        named["config"] = chosen
    if as_json:
        output.write_data(event_stream.line(named))
    else:
        for name, file in named.items():
            output.write_data(sanitize(f"{name:<15} {file or '–'}"))


@command.command("show")
@click.option("--all", "with_rest", is_flag=True, help="Also those that are not set, with their defaults.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, of all settings.")
@shared_options
@click.pass_context
def show_command(ctx: click.Context, /, with_rest: bool, as_json: bool) -> None:
    """Show the settings of `hookscope run` that are set, as a settings file spells them, and where each came from."""
    from hookscope.cli.run.command import command as run_command

    configured = load(config_of(ctx))
    options = [one for one in run_command.params if isinstance(one, click.Option) and not one.hidden]
    settings = [_in_force(option, configured) for option in options if option.name != "help"]
    settings += [_secret(name) for name in _SECRETS]
    chosen = sorted(settings, key=lambda one: not one.is_set)
    for setting in chosen:
        if as_json or with_rest or setting.is_set:
            _show(setting, as_json)
    if not as_json and not with_rest:
        rest = "the defaults of the others" if any(one.is_set for one in settings) else "nothing is set; the defaults"
        output.print_progress(f"{rest}: hookscope config show --all")
    untrusted = {found.file for found in configured.values() if found.risk}
    if not as_json:
        names = (f"{file} (not trusted)" if file in untrusted else str(file) for file in files(config_of(ctx)))
        output.print_progress(f"files read: {sanitize(', '.join(names)) or 'none'}")
    if untrusted:
        output.print_note("untrusted values are refused; review them, then: hookscope config trust")


@command.command("trust")
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path))
@click.option("--revoke", is_flag=True, help="Revoke the trust.")
@click.option("--yes", "-y", is_flag=True, help="Ask no questions.")
@shared_options
def trust_command(file: Path | None, revoke: bool, yes: bool) -> None:
    """Trust a project file as it is now: FILE, else the nearest .hookscope.toml.

    Shows the values that only a trusted file may set: hosts, programs, files, and what weakens restoring. As soon as
    the file changes, they are refused again.
    """
    from hookscope.cli import trust

    path = _project_file(file)
    if revoke:
        output.print_note(sanitize(f"{path} is no longer trusted" if trust.revoke(path) else f"{path} was not trusted"))
        return
    project = read(path)
    if not project.risks:
        output.print_note(sanitize(f"{path} sets nothing that needs your trust"))
        return
    _show_risks(project)
    if not yes and not is_confirmed(f"Trust {path}?"):
        output.print_note("nothing was trusted")
        return
    trust.trust(path, project.content)
    output.print_note(sanitize(f"{path} is trusted until it changes; to revoke that: hookscope config trust --revoke"))


def _project_file(given: Path | None) -> Path:
    """Return the project file that is meant. Raises UsageError."""
    path = paths.named(str(given)).absolute() if given else paths.project_config_file()
    if path is None:
        raise UsageError(
            f"there is no {paths.PROJECT_FILE} in this folder or above", hint="name one: hookscope config trust FILE"
        )
    if path.is_dir():
        path /= paths.PROJECT_FILE
    if path.name != paths.PROJECT_FILE:
        raise UsageError(f"{path} is not a {paths.PROJECT_FILE}", hint="a file given with --config needs no trust")
    return path


def _show_risks(project: ConfigFile) -> None:
    """Name each key that needs trust, with its value and the reason."""
    from hookscope.formats.redaction import redact_text

    output.print_note(sanitize(f"{project.path} sets values that need your trust:"))
    for name, risk in project.risks.items():
        value = project.values[name]
        for text in value if isinstance(value, list) else [_in_toml(value)]:
            output.print_note(sanitize(f"  {name} = {redact_text(KEYS[name].shown(text))}   ({risk})"))


def _in_toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Setting(Struct, frozen=True, kw_only=True):
    name: str
    value: Any
    source: str
    trusted: bool = True

    @property
    def is_set(self) -> bool:
        """True for a value that is not the default."""
        return self.source not in _UNSET


def _secret(name: str) -> _Setting:
    is_set = bool(os.environ.get(name))
    return _Setting(name=name, value="•••" if is_set else None, source=f"environment {name}" if is_set else "not set")


def _in_force(option: click.Option, configured: dict[str, Configured]) -> _Setting:
    name = option.name or ""
    found = configured.get(name)
    if found and found.risk:
        return _Setting(name=name, value=_shown(name, found.value), source=str(found.file), trusted=False)
    for variable in filter(os.environ.get, variables_of(option)):
        return _Setting(name=name, value=_shown(name, _from_environment(option)), source=f"environment {variable}")
    if found:
        return _Setting(name=name, value=_shown(name, found.value), source=str(found.file))
    if name == "journal":
        return _Setting(name=name, value=str(paths.journal_file()), source="default")
    default = option.default if isinstance(option.default, str | int | float | bool) else None
    return _Setting(name=name, value=default, source="default")


def _from_environment(option: click.Option) -> Any:
    """Return the value that the environment gives an option, as a settings file would have it."""
    context = click.Context(click.Command(None))
    given = option.value_from_envvar(context)
    try:
        value = option.type_cast_value(context, given)
    except click.BadParameter:
        value = given
    return list(value) if option.multiple else value


def _shown(name: str, value: Any) -> Any:
    return KEYS[name].shown(value) if name in KEYS else value


def _show(setting: _Setting, as_json: bool) -> None:
    if as_json:
        output.write_data(event_stream.line(asdict(setting)))
        return
    text = "–" if setting.value in (None, "", []) else _in_file(setting.value)
    note = "" if setting.trusted else "  (not trusted)"
    output.write_data(sanitize(f"{f'{setting.name} = {text}':<58} # {setting.source}{note}"))


def _in_file(value: Any) -> str:
    """Return a value as a settings file writes it."""
    return json.dumps(value, ensure_ascii=False)
