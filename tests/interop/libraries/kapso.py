"""@kapso/whatsapp-cloud-api: a webhook as its README has it, and what it makes of each sample of WhatsApp's fields."""

from hookscope.meta.catalog import WHATSAPP
from hookscope.samples.catalog import all_samples
from tests.interop.endpoint import as_endpoint
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.payloads import feed


async def _check(installation: Installation) -> list[Outcome]:
    event = "whatsapp_business_account.messages.text"
    checked = await as_endpoint(installation, "kapso_endpoint.cjs", event=event)
    fields = frozenset(one.field for one in all_samples() if one.object == WHATSAPP)
    return checked + await feed(installation, "kapso_payloads.cjs", fields=fields)


LIBRARY = Library(
    name="@kapso/whatsapp-cloud-api",
    version="0.3.0",
    registry="npm",
    requirements=("@kapso/whatsapp-cloud-api@0.3.0", "express@5.1.0"),
    check=_check,
)
