"""chat: the Chat SDK's webhook for WhatsApp, checked as an endpoint."""

from tests.interop.endpoint import as_endpoint
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome


async def _check(installation: Installation) -> list[Outcome]:
    return await as_endpoint(installation, "chat_sdk_endpoint.cjs", event="whatsapp_business_account.messages.text")


LIBRARY = Library(
    name="chat",
    version="4.41.1",
    registry="npm",
    requirements=("chat@4.41.1", "@chat-adapter/whatsapp@4.41.1", "@chat-adapter/state-memory@4.41.0"),
    check=_check,
)
