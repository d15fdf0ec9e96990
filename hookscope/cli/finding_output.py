"""Findings as lines for a terminal."""

from typing import TYPE_CHECKING

import click

from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from hookscope.diagnosis.finding import Finding

_MARKS = {
    "ok": ("✓", "green"),
    "warning": ("!", "yellow"),
    "failed": ("✗", "red"),
    "unknown": ("·", "bright_black"),
}
"""By state."""


def mark(finding: "Finding", *, color: bool) -> str:
    """Return the character that stands for a finding's state."""
    shown, tone = _MARKS[finding.state]
    return click.style(shown, fg=tone, bold=True) if color else shown


def finding_lines(finding: "Finding") -> list[str]:
    """Return a finding in up to three lines: what, why, and the next step."""
    lines = [finding.what, *filter(None, (finding.why,))]
    return [sanitize(line) for line in (*lines, *([f"→ {finding.next_step}"] if finding.next_step else []))]
