"""The results of checks as a JUnit report, which CI systems read."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from hookscope.diagnosis.endpoint.examination import CheckResult
from hookscope.diagnosis.finding import Finding, State
from hookscope.views.sanitize import sanitize

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow (section 2.2)."""


def report(url: str, results: Sequence[CheckResult]) -> str:
    """Return the report, with a test case for each check.

    Unknown counts as skipped, a warning as passed with output.
    """
    failures = sum(result.finding.failed for result in results)
    skipped = sum(result.finding.state is State.UNKNOWN for result in results)
    seconds = sum(result.elapsed_ms for result in results) / 1000
    counts = f'tests="{len(results)}" failures="{failures}" errors="0" skipped="{skipped}" time="{seconds:.3f}"'
    suite = f'<testsuite name="hookscope check" {counts}>'
    address = f'<properties><property name="url" value={_attribute(url)}/></properties>'
    cases = "\n".join(map(_case, results))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {counts}>\n{suite}\n{address}\n{cases}\n'
        "</testsuite>\n</testsuites>\n"
    )


def _case(result: CheckResult) -> str:
    finding = result.finding
    named = f"classname={_attribute('hookscope.' + finding.id.partition('.')[0])} name={_attribute(finding.id)}"
    return f'<testcase {named} time="{result.elapsed_ms / 1000:.3f}">{_outcome(finding)}</testcase>'


def _outcome(finding: Finding) -> str:
    details = escape(_clean("\n".join(filter(None, (finding.what, finding.why, finding.next_step)))))
    match finding.state:
        case State.FAILED:
            return f'<failure message={_attribute(finding.what)} type="failed">{details}</failure>'
        case State.UNKNOWN:
            return f"<skipped message={_attribute(finding.why or finding.what)}/>"
        case State.WARNING:
            return f"<system-out>{details}</system-out>"
        case State.OK:
            return ""


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", sanitize(text, keep_newlines=True))
