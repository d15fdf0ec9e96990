"""bottender: `bottender messenger webhook set`."""

from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    return await against_sandbox(installation, "bottender.cjs")


LIBRARY = Library(
    name="bottender",
    version="1.5.5",
    registry="npm",
    requirements=("bottender@1.5.5",),
    check=_check,
)
