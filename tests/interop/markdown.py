"""The table of the libraries in a Markdown page."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from tests.interop.library import Row
from tests.support.generated_page import replace_generated

BEGIN = "<!-- begin: python -m tests.interop --markdown docs/libraries.md -->"

_NAMED_CHECKS = 3


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
            yield _line(library, version, "; ".join(_brief(ran)), result)


def _brief(ran: Sequence[str]) -> Iterable[str]:
    """Yield what ran, with many checks of an endpoint counted in place of their names."""
    checks = [one for one in ran if one.startswith("check ")]
    counted = checks if len(checks) > _NAMED_CHECKS else []
    yield from (one for one in ran if one not in counted)
    if counted:
        yield f"{len(counted)} checks of `hookscope check`"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
