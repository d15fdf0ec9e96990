"""Help that groups many options by topic."""

from collections.abc import Mapping
from typing import Any

import click

_REST = "Global options"


class SectionedCommand(click.Command):
    """A command whose help has sections; `section_of` says which one a parameter's name belongs to."""

    def __init__(self, *arguments: Any, section_of: Mapping[str, str], **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self._section_of = section_of

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if isinstance(parameter, click.Option) and (record := parameter.get_help_record(ctx)):
                shown.setdefault(self._section_of.get(parameter.name or "", _REST), []).append(record)
        for title, records in shown.items():
            with formatter.section(title):
                formatter.write_dl(records)
