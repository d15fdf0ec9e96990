"""@great-detail/whatsapp: its subscriptions against the sandbox, and a webhook as its README has it."""

from tests.interop.endpoint import as_endpoint
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    called = await against_sandbox(installation, "great_detail.cjs")
    event = "whatsapp_business_account.messages.text"
    return called + await as_endpoint(installation, "great_detail_endpoint.cjs", event=event)


LIBRARY = Library(
    name="@great-detail/whatsapp",
    version="9.2.0",
    registry="npm",
    requirements=("@great-detail/whatsapp@9.2.0", "express@5.1.0"),
    check=_check,
)
