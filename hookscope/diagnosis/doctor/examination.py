"""The examination: it gathers the evidence, and yields every check's findings."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hookscope.diagnosis.doctor.check import DoctorCheck
from hookscope.diagnosis.doctor.collector import DoctorRequest, collect
from hookscope.diagnosis.doctor.evidence import Evidence
from hookscope.diagnosis.doctor.registry import CHECKS
from hookscope.diagnosis.finding import Finding
from hookscope.model.run_events import Notice


class Line(NamedTuple):
    """A check, and one of its findings."""

    check: DoctorCheck
    finding: Finding

    def as_json(self) -> dict[str, Any]:
        """Return `{check, id, state, what, why, next_step}`; `id` names the fault where it has a name of its own."""
        return {"check": self.check.id, **self.finding.as_json()}


async def examine(request: DoctorRequest, notify: Callable[[Notice], None]) -> tuple[Line, ...]:
    """Examine an app, its callbacks, and its captures; nothing is changed."""
    return tuple(judge(await collect(request, notify)))


def judge(evidence: Evidence) -> Iterator[Line]:
    """Yield every check's findings, in the order of the registry."""
    for check in CHECKS:
        for finding in check.run(evidence):
            yield Line(check, finding)
