"""One check of the doctor: an id, a title, and a judgment on the evidence."""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from hookscope.diagnosis.doctor.evidence import Evidence
from hookscope.diagnosis.finding import Finding, State


@dataclass(frozen=True, slots=True)
class Check:
    """A check. `judge` returns its findings, one for each thing that it looks at, and none where it does not apply."""

    id: str
    title: str
    judge: Callable[["Verdicts", Evidence], Iterable[Finding]]

    def run(self, evidence: Evidence) -> tuple[Finding, ...]:
        """Return the findings."""
        return tuple(self.judge(Verdicts(self.id), evidence))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Makes the findings of one check."""

    id: str

    def ok(self, what: str) -> Finding:
        """Return a green one."""
        return Finding(id=self.id, state=State.OK, what=what)

    def warning(self, what: str, why: str, next_step: str) -> Finding:
        """Return one that is no fault yet."""
        return Finding(id=self.id, state=State.WARNING, what=what, why=why, next_step=next_step)

    def failed(self, what: str, why: str | None, next_step: str) -> Finding:
        """Return a red one."""
        return Finding(id=self.id, state=State.FAILED, what=what, why=why, next_step=next_step)

    def fixable(self, what: str, why: str, fix: tuple[str, ...]) -> Finding:
        """Return a red one that this command of hookscope fixes: one that is safe to run, and has a way back."""
        return replace(self.failed(what, why, shlex.join(("hookscope", *fix))), fix=fix)

    def unknown(self, what: str, why: str, next_step: str | None = None) -> Finding:
        """Return a gray one."""
        return Finding(id=self.id, state=State.UNKNOWN, what=what, why=why, next_step=next_step)

    def about(self, finding: Finding, subject: str) -> Finding:
        """Return another finding with its own id, told of a subject."""
        return replace(finding, what=f"{subject}: {finding.what}")
