"""Options of `hookscope run`, one at a time: how they are declared, and the types of their values."""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from hookscope.cli.common import Utf8Text
from hookscope.meta import catalog

_F = TypeVar("_F", bound=Callable[..., Any])

_SEPARATOR = re.compile(r"\s*([,:])\s*")
"""Within a group of fields, with the blanks around it."""


class Names(Utf8Text):
    """A name in a list; the environment variable holds several, separated by commas or blanks."""

    name = "name"

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known

    def split_envvar_value(self, rv: str) -> list[str]:
        return rv.replace(",", " ").split()

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self._known if name.startswith(incomplete)]


class Fields(Utf8Text):
    """Fields of an object; the environment variable holds one group per word."""

    name = "fields"

    def split_envvar_value(self, rv: str) -> list[str]:
        return _SEPARATOR.sub(r"\1", rv).split()

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        topic, colon, names = incomplete.rpartition(":")
        *done, last = names.split(",")
        before = topic + colon + "".join(f"{name}," for name in done)
        known = catalog.FIELDS.get(topic or next(iter(ctx.params.get("object") or ()), "page"), frozenset())
        return [CompletionItem(before + name) for name in sorted(known) if name.startswith(last)]


class LineList(click.ParamType):  # type: ignore[type-arg]
    """Any bytes; the environment variable holds one value per line, since a route contains blanks."""

    name = "text"

    def split_envvar_value(self, rv: str) -> list[str]:
        return [line.strip() for line in rv.splitlines() if line.strip()]


def option(*names: str, env: str | tuple[str, ...] | None = None, **attributes: Any) -> Callable[[_F], _F]:
    """Return the decorator for an option; its help names the environment variable `env`, or several."""
    return click.option(*names, envvar=env, show_envvar=bool(env), **attributes)


def apply(function: _F, options: tuple[Callable[[_F], _F], ...]) -> _F:
    """Add options to a command; the help lists them in this order."""
    for decorate in reversed(options):
        function = decorate(function)
    return function


def parameter_names(options: tuple[Callable[[_F], _F], ...]) -> Iterator[str]:
    """Yield the parameters that decorators add."""
    blank: Any = click.Command(None)
    for decorate in options:
        decorate(blank)
    return (parameter.name for parameter in blank.params)
