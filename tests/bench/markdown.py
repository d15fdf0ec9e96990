"""The table of a report in a Markdown page, between two marks that say how to make it anew."""

from pathlib import Path

from tests.bench.report import Report, shown, spread
from tests.support.generated_page import replace_generated

_BEGIN = "<!-- begin: python -m tests.bench --markdown docs/performance.md -->"


def replace_table(page: Path, report: Report) -> None:
    """Replace what is between the marks. Raises ValueError if the page has none."""
    replace_generated(page, _BEGIN, _table(report))


def _table(report: Report) -> str:
    lines = [f"{report.conditions}.", "", "| measure | hookscope | | divided by |", "|---|---:|---|---|"]
    for row in report.rows():
        others = "; ".join(f"{one.of} {shown(one.values, row.unit).strip()}: **{one.ratio:.2f}**" for one in row.others)
        values = shown(row.values, row.unit).strip()
        lines.append(f"| {row.measure} | {values} | {spread(row.values)} | {others} |")
    lines += ["", *(f"Failed: {failure}." for failure in report.failures)]
    return "\n".join(lines).rstrip()
