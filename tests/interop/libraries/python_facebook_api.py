"""python-facebook-api: reads of Pages, users and apps."""

from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    return await against_sandbox(installation, "python_facebook_api.py")


LIBRARY = Library(
    name="python-facebook-api",
    version="0.24.0",
    registry="pip",
    requirements=("python-facebook-api==0.24.0",),
    check=_check,
)
