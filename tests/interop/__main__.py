"""`python -m tests.interop [NAME…]`: try the libraries, and print a table of what works."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from tests.interop.installation import InteropError, install
from tests.interop.libraries import libraries
from tests.interop.library import Library, Outcome, Row, row_of
from tests.interop.markdown import replace_table

_COLUMNS = ("library", "version", "ran", "result")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Keep installations.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a row.")
@click.option(
    "--markdown", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Replace the table of this page."
)
@click.option("--list", "lists", is_flag=True, help="Print the names, and try nothing.")
def command(*, names: Sequence[str], cache: Path | None, as_json: bool, markdown: Path | None, lists: bool) -> None:
    """Try third-party libraries against hookscope, all of them or those named.

    Exits with 1 when something that should work does not.
    """
    known = libraries()
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"there is no {unknown[0]!r}; there are {', '.join(known)}")
    if lists:
        click.echo("\n".join(f"{name}  {library.name} {library.version}" for name, library in known.items()))
        return
    rows = asyncio.run(_try([known[name] for name in names or known], cache))
    click.echo("\n".join(json.dumps(row.to_json()) for row in rows) if as_json else _table(rows))
    if markdown:
        replace_table(markdown, rows)
    sys.exit(any(row.is_failure for row in rows))


async def _try(chosen: Iterable[Library], cache: Path | None) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="hookscope-interop-") as temporary:
        root = (cache or Path(temporary)).absolute()
        return [row_of(library, outcome) for library in chosen for outcome in await _outcomes(library, root)]


async def _outcomes(library: Library, root: Path) -> list[Outcome]:
    click.echo(f"{library.name} {library.version} …", err=True)
    folder = root / library.registry / f"{library.name.replace('/', '+')}-{library.version}"
    try:
        installation = await install(
            library.registry, library.requirements, folder, overrides=library.overrides, oldest=library.python
        )
        return await library.check(installation)
    except InteropError as error:
        return [Outcome(ran="all", works=False, detail=str(error))]


def _table(rows: Sequence[Row]) -> str:
    cells = [_COLUMNS, *((row.library, row.version, row.ran, row.result) for row in rows)]
    widths = [max(len(cell[column]) for cell in cells) for column in range(len(_COLUMNS) - 1)]
    return "\n".join(
        "  ".join([*(text.ljust(width) for text, width in zip(cell, widths, strict=False)), cell[-1]]) for cell in cells
    )


if __name__ == "__main__":
    command()
