"""Findings as lines for a terminal."""

from typing import TYPE_CHECKING

from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from hookscope.diagnosis.finding import Finding


def finding_lines(finding: "Finding") -> list[str]:
    """Return a finding in up to three lines: what, why, and the next step."""
    lines = [finding.what, *filter(None, (finding.why,))]
    return [sanitize(line) for line in (*lines, *([f"→ {finding.next_step}"] if finding.next_step else []))]
