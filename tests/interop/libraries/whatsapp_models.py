"""whatsapp-models: the samples of the fields that it knows validate as its notifications."""

from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.payloads import feed

_FIELDS = frozenset(
    (
        "group_lifecycle_update",
        "group_settings_update",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "messages",
    )
)

_REASONS = {
    "it has no such message type": "edit edit_image revoke request_welcome",
    "it knows two kinds of interactive replies": "flow_reply call_permission_reply payment_method",
    "it asks for the number, which is hidden": (
        "user_id user_id_image user_id_button_reply user_id_contacts status_user_id status_failed_user_id"
    ),
    "it knows one system message": "system_user_id",
    "it mixes the old form with the newer one": "unknown",
    "it asks for a place's name and address": "location_bare",
    "it knows four statuses": (
        "status_played status_deleted status_payment status_payment_gateway status_payment_failed"
    ),
}
_TEMPLATE_REASONS = {
    "it has the date as a text": "status_update.disabled",
    "it knows seven events": (
        "status_update.flagged status_update.pending_deletion status_update.reinstated status_update.locked"
    ),
    "it takes en_US alone, as captures have it": (
        "status_update.approved_documented status_update.rejected_documented quality_update.documented"
    ),
}
_KNOWN = {
    f"{prefix}{name}": reason
    for prefix, reasons in (("messages.", _REASONS), ("message_template_", _TEMPLATE_REASONS))
    for reason, names in reasons.items()
    for name in names.split()
}


async def _check(installation: Installation) -> list[Outcome]:
    return await feed(installation, "whatsapp_models_payloads.py", fields=_FIELDS)


LIBRARY = Library(
    name="whatsapp-models",
    version="0.2.8",
    registry="pip",
    requirements=("whatsapp-models==0.2.8",),
    check=_check,
    python=(3, 12),
    known=_KNOWN,
)
