"""Parameter types that a function parses: an invalid value is an error of its option."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import click
from msgspec.structs import replace

from hookscope.cli.common import Utf8Text
from hookscope.meta.overrides import Override, parse_assignment
from hookscope.model.capture_id import CaptureName, CaptureNames, EventRef, parse_name, parse_names, parse_ref


class ParsedParam(click.ParamType):  # type: ignore[type-arg]
    """A text as `parse` reads it; its ValueError is shown to the user."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class FiniteFloat(click.FloatRange):
    """A number; `nan`, which is in no range and outside of none, is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


set_option = click.option(
    "--set",
    "assignments",
    metavar="PATH=VALUE",
    multiple=True,
    type=ParsedParam("assignment", parse_assignment),
    help="Change a value of the body, such as value.message=hello; repeatable.",
)
add_option = click.option("--add", "adds", is_flag=True, help="Let --set add keys that the body does not have.")


def read_assignments(given: Mapping[str, Any]) -> tuple[Override, ...]:
    """Return the assignments that both options describe."""
    return tuple(replace(one, adds=given["adds"]) for one in given["assignments"])


class _OfCaptures(click.ParamType):  # type: ignore[type-arg]
    """A capture's id, which the shell completes: the newest and the marked ones."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """Return `last`, and ids that begin with the text, each with a line about its capture."""
        from hookscope.cli.shell_completion import complete_id

        return complete_id(ctx, incomplete)


class CaptureId(_OfCaptures):
    """`12`, `#12`, `@345` or `last`, which is 0."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> CaptureName:
        try:
            return parse_name(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


class CaptureRef(_OfCaptures):
    """A CaptureId, or an event `12.3`."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> CaptureName | EventRef:
        try:
            return parse_ref(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


class CaptureIds(_OfCaptures):
    """A CaptureId, an event `12.3`, or `10..20`, `10..`, `..20`, `@340..@350`: a range that includes both ends."""

    name = "ids"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> CaptureNames:
        try:
            return parse_names(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


class FilterText(Utf8Text):
    """A filter, whose last word the shell completes."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """Return the filters that this one may become."""
        from hookscope.cli.shell_completion import complete_filter

        return complete_filter(ctx, incomplete)


filter_option = click.option(
    "--filter",
    "wanted",
    type=FilterText(),
    metavar="FILTER",
    help="Only captures that match, such as 'field:feed sig:invalid'.",
)
since_option = click.option("--since", metavar="SPAN", help="Only captures of the last 90s, 10m, 1h, or 7d.")


class EventName(click.ParamType):  # type: ignore[type-arg]
    """The name of a sample, which the shell completes."""

    name = "event"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """Return the samples whose names begin with the text, with their titles."""
        from click.shell_completion import CompletionItem

        from hookscope.samples.catalog import all_samples

        return [CompletionItem(one.name, help=one.title) for one in all_samples() if one.name.startswith(incomplete)]


class _Entry(Protocol):
    """An entry of a registry."""

    @property
    def name(self) -> str:
        """The name that is typed."""

    @property
    def description(self) -> str:
        """The description next to the name in completion."""


class RegistryChoice(click.Choice):  # type: ignore[type-arg]
    """The name of a registry's entry, looked up when the command line is parsed; the shell shows descriptions."""

    def __init__(self, registry: Mapping[str, _Entry]) -> None:
        self._registry = registry
        super().__init__(tuple(registry))

    @property
    def choices(self) -> tuple[str, ...]:
        """The names."""
        return tuple(self._registry)

    @choices.setter
    def choices(self, _: tuple[str, ...]) -> None:
        """Ignore assignments: the registry knows the choices."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """Return the entries that begin with the text, with their descriptions."""
        from click.shell_completion import CompletionItem

        entries = self._registry.values()
        return [CompletionItem(one.name, help=one.description) for one in entries if one.name.startswith(incomplete)]
