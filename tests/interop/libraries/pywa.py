"""pywa: its callback registered for app, WhatsApp account and phone number, its server checked and fed with samples.

Its own server accepts the samples of the fields that it knows, and hands each to the handler of its kind.
"""

from tests.interop.endpoint import as_endpoint
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.payloads import feed
from tests.interop.sandbox import against_sandbox

_FIELDS = frozenset(
    (
        "account_update",
        "calls",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "messages",
        "smb_message_echoes",
        "template_category_update",
        "user_preferences",
    )
)

_DOCUMENTED = (
    "message_template_status_update.approved_documented",
    "message_template_status_update.rejected_documented",
    "message_template_quality_update.documented",
    "template_category_update.documented",
    "template_category_update.upcoming_dated",
)


async def _check(installation: Installation) -> list[Outcome]:
    registered = await against_sandbox(installation, "pywa_scopes.py")
    checked = await as_endpoint(installation, "pywa_endpoint.py", event="whatsapp_business_account.messages.text")
    return registered + checked + await feed(installation, "pywa_payloads.py", fields=_FIELDS)


LIBRARY = Library(
    name="pywa",
    version="4.5.0",
    registry="pip",
    requirements=("pywa[server]==4.5.0", "flask==3.1.2"),
    check=_check,
    known={
        "messages.system_user_id": "Meta's page says that it comes without a number; pywa reads `from`",
        "messages.unknown": "the old form has errors without `message`, which pywa reads",
        "messages.status_failed_user_id": "a failed status to a user id has no contacts, which pywa reads",
        "messages.error": "errors of the account come without messages and statuses; pywa has no handler for them",
        "messages.link_click": "clicks come without messages and statuses; pywa has no handler for them",
        **dict.fromkeys(
            ("account_update.restriction_number", "account_update.restriction_calling"),
            "a restriction without an end; pywa reads `expiration`",
        ),
        **dict.fromkeys(_DOCUMENTED, "pywa takes en_US alone, as captures have it; Meta's page has en-US"),
    },
)
