"""The table of the libraries in a Markdown page."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from tests.interop.library import Row
from tests.support.generated_page import replace_generated

BEGIN = "<!-- begin: python -m tests.interop --markdown docs/libraries.md -->"


def replace_table(page: Path, rows: Sequence[Row]) -> None:
    """Replace the table of a page. Raises ValueError if the page has no marks for it."""
    replace_generated(page, BEGIN, "\n".join(_lines(rows)))


def _lines(rows: Sequence[Row]) -> Iterable[str]:
    yield "| library | version | what ran | result |"
    yield "|---|---|---|---|"
    for (library, version), group in groupby(rows, key=lambda row: (row.library, row.version)):
        by_result: dict[str, list[str]] = {}
        for row in group:
            by_result.setdefault("works" if row.works else row.reason or row.result, []).append(row.ran)
        for result, ran in by_result.items():
            yield _line(library, version, "; ".join(ran), result)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
