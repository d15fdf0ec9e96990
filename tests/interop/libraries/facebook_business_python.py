"""Meta's own SDK for Python."""

from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    return await against_sandbox(installation, "facebook_business_python.py")


LIBRARY = Library(
    name="facebook-business",
    version="26.0.3",
    registry="pip",
    requirements=("facebook-business==26.0.3",),
    check=_check,
)
