"""Findings in a terminal's width."""

import pytest

from hookscope.cli.finding_output import cut, marked_lines
from hookscope.diagnosis.finding import Finding, State

LONG = "one two three four five six seven eight nine ten eleven twelve"


@pytest.mark.parametrize("width", [40, 61, 200])
def test_lines_are_wrapped_to_the_width_below_their_mark(width: int) -> None:
    finding = Finding(id="a", state=State.UNKNOWN, what=LONG, why=LONG, next_step=f"do {LONG}")
    lines = marked_lines(finding, width, color=False)
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("· one two")
    assert {line[:2] for line in lines[1:]} == {"  "}
    assert " ".join(" ".join(lines).split()) == f"· {LONG} {LONG} → do {LONG}"


def test_for_a_file_or_a_pipe_nothing_is_wrapped() -> None:
    finding = Finding(id="a", state=State.FAILED, what=LONG, why=LONG)
    assert marked_lines(finding, None, color=False) == [f"✗ {LONG}", f"    {LONG}"]


def test_a_command_is_left_in_one_line_to_be_copied() -> None:
    command = f"hookscope pages subscribe {LONG}"
    finding = Finding(id="a", state=State.FAILED, what="it is", next_step=command)
    assert marked_lines(finding, 40, color=False)[-1] == f"    → {command}"


@pytest.mark.parametrize(
    ("line", "width", "shown"),
    [
        ("comment add", None, "comment add"),
        ("comment add", 11, "comment add"),
        ("comment add", 8, "comment…"),
        ("comment add", 9, "comment…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301" * 4, 4, "e\u0301" * 4),
        ("e\u0301" * 4, 3, "e\u0301" * 2 + "…"),
    ],
)
def test_a_line_is_cut_to_columns(line: str, width: int | None, shown: str) -> None:
    assert cut(line, width) == shown


def test_each_state_has_a_mark_of_its_own() -> None:
    assert {state.mark for state in State} == set("✓!✗·")
