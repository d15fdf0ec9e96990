"""One check of the doctor: an id, a title, and a judgment on the evidence."""

import shlex
from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from hookscope.diagnosis.doctor.evidence import Evidence
from hookscope.diagnosis.finding import Finding, State


class DoctorCheck(Struct, frozen=True):
    """A check. `judge` returns a finding for each item that it examines, and none where it does not apply."""

    id: str
    title: str
    judge: Callable[["Verdicts", Evidence], Iterable[Finding]]

    def run(self, evidence: Evidence) -> tuple[Finding, ...]:
        """Return the findings."""
        return tuple(self.judge(Verdicts(self.id), evidence))


class Verdicts(Struct, frozen=True):
    """Makes the findings of one check."""

    id: str

    def ok(self, what: str) -> Finding:
        """Return a green finding."""
        return Finding(id=self.id, state=State.OK, what=what)

    def warning(self, what: str, why: str, next_step: str) -> Finding:
        """Return a warning: something that is not a fault yet."""
        return Finding(id=self.id, state=State.WARNING, what=what, why=why, next_step=next_step)

    def failed(self, what: str, why: str | None, next_step: str) -> Finding:
        """Return a red finding."""
        return Finding(id=self.id, state=State.FAILED, what=what, why=why, next_step=next_step)

    def fixable(self, what: str, why: str, fix: tuple[str, ...]) -> Finding:
        """Return a red finding with the hookscope command that fixes it, which must be safe and reversible."""
        return replace(self.failed(what, why, shlex.join(("hookscope", *fix))), fix=fix)

    def unknown(self, what: str, why: str, next_step: str | None = None) -> Finding:
        """Return a gray finding, for what cannot be known."""
        return Finding(id=self.id, state=State.UNKNOWN, what=what, why=why, next_step=next_step)

    def about(self, finding: Finding, subject: str) -> Finding:
        """Return another check's finding under its own id, with the subject named."""
        return replace(finding, what=f"{subject}: {finding.what}")
