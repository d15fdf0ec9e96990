"""bottender: `bottender messenger webhook set`, and its server checked."""

from tests.interop.endpoint import as_endpoint
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    registered = await against_sandbox(installation, "bottender.cjs")
    return registered + await as_endpoint(installation, "bottender_endpoint.cjs", event="page.messages.text")


LIBRARY = Library(
    name="bottender",
    version="1.5.5",
    registry="npm",
    requirements=("bottender@1.5.5",),
    check=_check,
    known={"check payload.batch": "its parser takes bodies of 100 kB at most"},
)
