"""Meta's own SDK for Node."""

from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    return await against_sandbox(installation, "facebook_business_node.cjs")


LIBRARY = Library(
    name="facebook-nodejs-business-sdk",
    version="24.0.1",
    registry="npm",
    requirements=("facebook-nodejs-business-sdk@24.0.1",),
    check=_check,
)
