"""The table of the bench command: what divides what, and where it goes in a page."""

from pathlib import Path

import pytest

from tests.bench.markdown import replace_table
from tests.bench.report import Report


@pytest.fixture
def report() -> Report:
    report = Report(["hookscope", "main"], rounds=3)
    for ours, bare in ((500, 1100), (400, 1000), (300, 900)):
        report.add("capture", "hookscope", {"/s": ours, "p99 ms": 2.5})
        report.add("capture", "bare aiohttp", {"/s": bare})
    return report


def test_a_row_has_our_median_and_its_ratio_to_others(report: Report) -> None:
    rate, tail = report.rows()
    assert (rate.unit, [(one.of, one.ratio) for one in rate.others]) == ("/s", [("bare aiohttp", 0.4)])
    assert (tail.measure, tail.unit, tail.others) == ("capture, p99", "ms", [])
    assert "400/s  (300 to 500)" in report.text()


def test_a_failed_measurement_is_named_and_the_others_are_shown(report: Report) -> None:
    report.fail("burst", "smee", TimeoutError("none came"))
    assert "failed: burst, smee: TimeoutError('none came')" in report.text()
    assert len(list(report.rows())) == 2


def test_only_the_table_of_a_page_is_replaced(report: Report, tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(
        "before\n<!-- begin: python -m tests.bench --markdown docs/performance.md -->\nold\n<!-- end -->\nafter\n"
    )
    replace_table(page, report)
    text = page.read_text()
    assert text.startswith("before\n<!-- begin")
    assert text.endswith("<!-- end -->\nafter\n")
    assert "old" not in text
    assert "| capture | 400/s | (300 to 500) | bare aiohttp 1,000/s: **0.40** |" in text


def test_a_page_without_a_place_for_the_table_is_left_alone(report: Report, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here\n")
    with pytest.raises(ValueError, match="lacks the marks"):
        replace_table(page, report)
    assert page.read_text() == "nothing here\n"
