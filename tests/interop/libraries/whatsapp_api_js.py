"""whatsapp-api-js: its server is checked, and the samples of the fields that it knows fit its TypeScript types."""

from tests.interop.endpoint import as_endpoint
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.payloads import feed


async def _check(installation: Installation) -> list[Outcome]:
    event = "whatsapp_business_account.messages.text"
    checked = await as_endpoint(installation, "whatsapp_api_js_endpoint.cjs", event=event)
    return checked + await feed(installation, "whatsapp_api_js_payloads.cjs", fields=frozenset(("messages", "calls")))


LIBRARY = Library(
    name="whatsapp-api-js",
    version="6.3.0",
    registry="npm",
    requirements=("whatsapp-api-js@6.3.0", "typescript@5.9.3"),
    check=_check,
    known={
        "check payload.unknown-field": "it answers 500 to a field that it does not know",
        "check payload.unknown-object": "it answers 500 to another object than WhatsApp's",
        **dict.fromkeys(("messages.image", "messages.user_id_image"), "its type asks for `static_url`, seen nowhere"),
        **dict.fromkeys(("messages.location", "messages.location_bare"), "its type has texts; Meta sends numbers"),
        **dict.fromkeys(("messages.edit", "messages.edit_image", "messages.revoke"), "it has no type of them yet"),
        "messages.unknown": "its type mixes the old form with the newer one",
        **dict.fromkeys(
            ("messages.status_failed", "messages.status_failed_user_id"),
            "its type asks for members that are undefined, which JSON cannot hold",
        ),
        **dict.fromkeys(
            (
                "messages.status_deleted",
                "messages.status_payment",
                "messages.status_payment_failed",
                "messages.status_payment_gateway",
            ),
            "its type knows five statuses",
        ),
        "messages.ad_video": "its type has no `ref` of an ad",
        "messages.payment_method": "its type knows four kinds of interactive replies",
        "messages.link_click": "its type has no clicks",
        "calls.connect_business": "its type has offers alone; Meta's page has the answer to the business's call",
        "messages.error": "its type has no errors of the account",
        **dict.fromkeys(
            ("calls.terminate", "calls.failed"), "its type asks for biz_opaque_callback_data, which is optional"
        ),
        "calls.user_id": "its type asks for `from`",
    },
)
