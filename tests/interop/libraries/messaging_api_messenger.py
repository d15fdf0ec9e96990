"""messaging-api-messenger: the Messenger client of many Node bots."""

from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    return await against_sandbox(installation, "messaging_api_messenger.cjs")


LIBRARY = Library(
    name="messaging-api-messenger",
    version="1.1.0",
    registry="npm",
    requirements=("messaging-api-messenger@1.1.0",),
    check=_check,
)
