"""pywa: its callback registered for the app, the WhatsApp account and the phone number."""

from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    return await against_sandbox(installation, "pywa_scopes.py")


LIBRARY = Library(
    name="pywa",
    version="4.5.0",
    registry="pip",
    requirements=(
        "pywa==4.5.0",
        "flask==3.1.2",
    ),
    check=_check,
)
