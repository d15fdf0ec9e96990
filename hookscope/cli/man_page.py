"""`hookscope man`: the manual page, built from the help of all commands."""

import inspect
import re
from collections.abc import Iterable, Iterator

import click

from hookscope import __version__, errors, paths
from hookscope.cli import output
from hookscope.cli.common import shared_options, variables_of
from hookscope.errors import ExitCode, HookscopeError
from hookscope.secret_sources import APP_SECRET, AUTHTOKEN, EXTRA_SECRETS, PAGE_TOKEN, USER_TOKEN

_WHERE = "hookscope man > ~/.local/share/man/man1/hookscope.1"
_MARKUP = re.compile(r"`([^`]+)`")
_CODE = re.compile(r"\s*\(exit code \d\)")

_NO_OPTIONS = {
    APP_SECRET: "The app secret, unless --app-secret-file names a file with it.",
    EXTRA_SECRETS: "Further app secrets that signatures may be made with, separated by commas.",
    PAGE_TOKEN: "The access token of a Page, unless --page-token-file names a file with it.",
    USER_TOKEN: "The access token of a user who runs the Page, unless --user-token-file names a file with it.",
    AUTHTOKEN: "The authtoken of the ngrok account.",
    "NO_COLOR": "No color, unless --color says otherwise.",
    "CLICOLOR_FORCE": "Color even where there is no terminal, unless it is 0.",
    "CLICOLOR": "No color if it is 0.",
    "VISUAL": "The editor of --edit.",
    "EDITOR": "The editor of --edit, where VISUAL is not set.",
}
"""Environment variables that no option takes the place of."""


@click.command("man", epilog=f"\b\n{_WHERE}")
@shared_options
@click.pass_context
def command(ctx: click.Context, /) -> None:
    """Print the manual page, for `man`."""
    for line in page(ctx.find_root()):
        output.write_data(line)


def page(root: click.Context) -> Iterator[str]:
    """Yield the lines of the page, in roff."""
    program = root.command
    assert isinstance(program, click.Group)
    yield f'.TH HOOKSCOPE 1 "" "hookscope {__version__}" "User Commands"'
    about = (program.help or "").rstrip(".")
    yield from (".SH NAME", rf"hookscope \- {_escaped(about[:1].lower() + about[1:])}")
    yield from (".SH SYNOPSIS", ".B hookscope", _escaped("[OPTIONS] COMMAND [ARGS]..."))
    yield from (".SH OPTIONS", *_options(program, root, ()))
    shared = [option.name for option in program.get_params(root)]
    yield ".SH COMMANDS"
    for context in _contexts(root):
        yield from _command(context, shared)
    yield from (".SH ENVIRONMENT", *_environment(root))
    yield from (".SH EXIT STATUS", *_exit_codes())
    yield from (".SH FILES", *_files())


def _contexts(of: click.Context) -> Iterator[click.Context]:
    """Yield a context for each command, groups excluded, in the order of the help."""
    if not isinstance(of.command, click.Group):
        yield of
        return
    if of.command.invoke_without_command and of.parent:
        yield of
    for name in of.command.list_commands(of):
        if (inner := of.command.get_command(of, name)) and not inner.hidden:
            yield from _contexts(click.Context(inner, info_name=name, parent=of))


def _command(context: click.Context, shared: Iterable[str | None]) -> Iterator[str]:
    command = context.command
    pieces = command.collect_usage_pieces(context)
    yield f'.SS "{_escaped(context.command_path)} {_escaped(" ".join(pieces))}"'
    yield from _paragraphs(command.help or "")
    yield from _options(command, context, tuple(shared))
    yield from _paragraphs(command.epilog or "")


def _paragraphs(text: str) -> Iterator[str]:
    for part in inspect.cleandoc(text).split("\n\n"):
        is_verbatim = part.startswith("\b")
        lines = [line for line in part.replace("\b", "").splitlines() if line.strip()]
        if lines:
            yield ".PP"
            yield from (".nf", *map(_escaped, lines), ".fi") if is_verbatim else (_escaped(" ".join(lines)),)


def _options(command: click.Command, context: click.Context, left_out: Iterable[str | None]) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = None if parameter.name in left_out else parameter.get_help_record(context)
        if record:
            yield from (".TP", rf"\fB{_escaped(record[0])}\fR", _escaped(record[1]))


def _environment(root: click.Context) -> Iterator[str]:
    """Yield each environment variable with the first option that it sets, or with what it is for."""
    found: dict[str, str] = {}
    for context in (root, *_contexts(root)):
        for parameter in context.command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                for variable in variables_of(parameter):
                    found.setdefault(variable, f"The same as {parameter.opts[0]}.")
    for variable, about in sorted((found | _NO_OPTIONS).items()):
        yield from (".TP", rf"\fB{_escaped(variable)}\fR", _escaped(about))


def _exit_codes() -> Iterator[str]:
    known = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, HookscopeError)]
    meanings = {one.code: _CODE.sub("", inspect.cleandoc(one.__doc__ or "")) for one in reversed(known)}
    meanings |= {ExitCode.OK: "Done, and everything put back.", ExitCode.FAILURE: "An unexpected failure."}
    for code in ExitCode:
        yield from (".TP", rf"\fB{code.value}\fR", _escaped(" ".join(meanings[code].split())))


def _files() -> Iterator[str]:
    for file, about in (
        ("$XDG_STATE_HOME/hookscope/journal.db", "The captures."),
        ("$XDG_STATE_HOME/hookscope/ledger.db", "The changes made to apps, until they are put back."),
        (paths.PROJECT_FILE, "Settings of a project; `hookscope config trust` trusts it."),
    ):
        yield from (".TP", rf"\fI{_escaped(file)}\fR", _escaped(about))


def _escaped(text: str) -> str:
    """Return a text as one line of roff: no control line, and dashes that can be copied."""
    plain = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-")
    marked = _MARKUP.sub(r"\\fB\1\\fR", plain)
    return rf"\&{marked}" if marked.startswith((".", "'")) else marked
