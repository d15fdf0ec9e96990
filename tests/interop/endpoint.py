"""Checks a library's own server as `hookscope check` does."""

from hookscope.diagnosis.endpoint.examination import examine
from hookscope.diagnosis.endpoint.registry import CHECKS
from hookscope.diagnosis.finding import State
from hookscope.samples.catalog import find
from hookscope.secret_sources import Secret
from tests.interop.installation import Installation
from tests.interop.library import Outcome

_SECRET = "0123456789abcdef0123456789abcdef"
_TOKEN = "verifyTOKENverify"


async def as_endpoint(installation: Installation, program: str, *, event: str) -> list[Outcome]:
    """Run a program that serves a webhook with the library, and return an outcome for each check that could be made."""
    given = {"app_secret": _SECRET, "verify_token": _TOKEN}
    outcomes = []
    async with installation.serving(program, given) as url:
        results = examine(url, CHECKS, sample=find(event), verify_token=_TOKEN, secret=Secret(_SECRET))
        async for result in results:
            finding = result.finding
            if finding.state is State.UNKNOWN:
                continue
            outcomes.append(Outcome(ran=f"check {finding.id}", works=not finding.failed, detail=finding.what))
    return outcomes
