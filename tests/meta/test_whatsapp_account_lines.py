"""Summaries of changes of a WhatsApp account: restrictions, partners, templates, flows, payments, usernames."""

from typing import Any

import pytest

from hookscope.meta import wire
from hookscope.meta.notification import Event, parse
from hookscope.meta.summaries.story import tell
from hookscope.meta.summaries.summary import summarize


def event_of(field: str, value: dict[str, Any]) -> Event:
    entry = {"id": "55", "time": 1760000000, "changes": [{"field": field, "value": value}]}
    (found,) = parse(wire.encode({"object": "whatsapp_business_account", "entry": [entry]})).events
    return found


CHANGES = [
    (
        "flows",
        {"event": "FLOW_STATUS_CHANGE", "message": "Flow Order changed", "flow_id": "31"},
        "flow status change: Flow Order changed",
    ),
    (
        "flows",
        {"event": "FLOW_STATUS_CHANGE", "flow_id": "31", "old_status": "DRAFT", "new_status": "PUBLISHED"},
        "flow status change: 31, DRAFT to PUBLISHED",
    ),
    (
        "flows",
        {"event": "FLOW_VERSION_EXPIRY_WARNING", "warning": "The version freezes in 21 days.", "flow_id": "31"},
        "flow version expiry warning: The version freezes in 21 days.",
    ),
    (
        "account_update",
        {"event": "AD_ACCOUNT_LINKED", "waba_info": {"waba_id": "1", "ad_account_id": "2", "owner_business_id": "3"}},
        "ad account linked: account 1, of business 3, ad account 2",
    ),
    (
        "account_update",
        {
            "event": "PARTNER_CLIENT_CERTIFICATION_NEEDED",
            "partner_client_certification_needed_info": {"client_business_id": "77"},
        },
        "partner client certification needed: 77",
    ),
    (
        "business_username_update",
        {"display_phone_number": "15550001111", "username": "acme", "status": "approved"},
        "business username approved: acme, 15550001111",
    ),
    (
        "business_username_updates",
        {"display_phone_number": "15550001111", "status": "deleted"},
        "business username deleted: 15550001111",
    ),
    (
        "partner_solutions",
        {"event": "SOLUTION_CREATED", "solution_id": "774", "solution_status": "INITIATED"},
        "solution created: 774, initiated",
    ),
    (
        "payment_configuration_update",
        {"configuration_name": "pay-prod", "provider_name": "razorpay", "status": "Needs Testing"},
        "payment configuration needs testing: pay-prod, razorpay",
    ),
    (
        "account_update",
        {
            "event": "VOLUME_BASED_PRICING_TIER_UPDATE",
            "volume_tier_info": {
                "tier_update_time": 1743451903,
                "pricing_category": "UTILITY",
                "tier": "100:200",
                "effective_month": "2025-11",
                "region": "India",
            },
        },
        "volume based pricing tier update: UTILITY 100:200 India",
    ),
    (
        "account_update",
        {"event": "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE", "country": "IN"},
        "business primary location country update: IN",
    ),
    (
        "account_update",
        {
            "phone_number": "15550001111",
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [{"restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION"}],
        },
        "account restriction: 15550001111, RESTRICTED_ADD_PHONE_NUMBER_ACTION",
    ),
    (
        "account_update",
        {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "A", "expiration": 1760000000}]},
        "account restriction: A until 2025-10-09 08:53:20",
    ),
    (
        "account_update",
        {"event": "PARTNER_REMOVED", "disconnection_info": {"reason": "PRIMARY_INACTIVITY", "initiated_by": "SYSTEM"}},
        "partner removed: PRIMARY_INACTIVITY by SYSTEM",
    ),
    (
        "message_template_status_update",
        {"event": "APPROVED", "message_template_name": "n", "reason": "NONE"},
        "template approved: n",
    ),
    (
        "message_template_status_update",
        {"event": "DISABLED", "message_template_name": "n", "disable_info": {"disable_date": 1760000000}},
        "template disabled: n, 2025-10-09 08:53:20",
    ),
]


@pytest.mark.parametrize(("field", "value", "line"), CHANGES)
def test_a_change_of_the_account(field: str, value: dict[str, Any], line: str) -> None:
    assert summarize(event_of(field, value)).summary == line


def test_a_username_of_the_business_is_nobody_s_who_did_something() -> None:
    value = {"display_phone_number": "15550001111", "username": "acme", "status": "approved"}
    story = tell(event_of("business_username_update", value))
    assert (story.who, story.whom) == ("", "")
