"""Describe changes of a WhatsApp account: its templates, numbers, restrictions, partners, flows and payments.

Sources: WhatsApp webhooks reference, a page for each field; account_update as of Apr 20, 2026, partner_solutions as of
Jun 17, 2026 (read 2026-11-29); flows, and the usernames on the page Business-scoped user IDs (read 2026-11-30), which
has `business_username_updates` in its title and `business_username_update` in its example.
"""

from collections.abc import Callable
from typing import Any

from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.json_access import (
    as_text,
    by_author,
    commas,
    first_text,
    join_words,
    moment,
    names,
    objects_at,
    pairs,
    quoted,
    text_at,
    until,
)
from hookscope.meta.summaries.family import ANY, Described, Family, Value


def _template(value: Value) -> Described | None:
    name = text_at(value, "message_template_name")
    if not name:
        return None
    if quality := text_at(value, "new_quality_score"):
        return _changed("quality", quality, name, was=text_at(value, "previous_quality_score"))
    if category := text_at(value, "new_category"):
        upcoming = text_at(value, "correct_category")
        return _changed("category", category, name, was=text_at(value, "previous_category"), will_be=upcoming)
    if event := text_at(value, "event"):
        return join_words("template", event.lower()), quoted(commas(name, _reason(value)))
    return "template changed", quoted(
        commas(name, first_text(value, "message_template_element", "message_template_title"))
    )


def _changed(what: str, now: str, name: str, *, was: str, will_be: str = "") -> Described:
    history = commas(f"was {was}" if was else "", f"will be {will_be}" if will_be else "")
    return join_words("template", what, now.lower()), quoted(commas(name, history))


def _reason(value: Value) -> str:
    """Return the reason for a template's state; Meta writes `NONE` when there is no reason."""
    reason = text_at(value, "reason")
    info = value.get("other_info")
    return commas(
        "" if reason == "NONE" else reason,
        text_at(value, "rejection_info", "reason"),
        text_at(info, "title"),
        text_at(info, "description"),
        moment(text_at(value, "disable_info", "disable_date")),
    )


def _event(value: Value) -> Described | None:
    """Describe a change that names its event: of the account, of a number, of its security."""
    event = text_at(value, "event")
    if not event:
        return None
    number = first_text(value, "display_phone_number", "phone_number")
    return join_words(event.lower()), quoted(commas(number, *(tell(value) for tell in _DETAILS)))


def _limit(value: Value) -> str:
    old, current = (
        text_at(value, "old_limit"),
        first_text(value, "current_limit", "max_daily_conversations_per_business"),
    )
    return f"{old} to {current}" if old and current else current


def _restrictions(value: Value) -> str:
    return commas(
        *(
            names(text_at(one, "restriction_type"), until(text_at(one, "expiration")))
            for one in objects_at(value, "restriction_info")
        )
    )


def _ban(value: Value) -> str:
    info: Any = value.get("ban_info")
    state = info.get("waba_ban_state") if isinstance(info, dict) else None
    states = state if isinstance(state, list) else [state]
    return commas(*map(as_text, states), moment(text_at(info, "waba_ban_date")))


def _partner(value: Value) -> str:
    """Return the account's owner, and the partner, app or ad account involved."""
    info: Any = value.get("waba_info")
    named = (
        ("account", "waba_id"),
        ("of business", "owner_business_id"),
        ("app", "partner_app_id"),
        ("solution", "solution_id"),
        ("ad account", "ad_account_linked"),
        ("ad account", "ad_account_id"),
    )
    return commas(*(f"{label} {found}" for label, key in named if (found := text_at(info, key))))


def _disconnection(value: Value) -> str:
    info = value.get("disconnection_info")
    who = text_at(info, "initiated_by")
    return names(text_at(info, "reason"), f"by {who}" if who else "")


def _tier(value: Value) -> str:
    info = value.get("volume_tier_info")
    return names(text_at(info, "pricing_category"), text_at(info, "tier"), text_at(info, "region"))


def _rates(value: Value) -> str:
    info: Any = value.get("auth_international_rate_eligibility")
    countries = commas(*(text_at(one, "country_code") for one in objects_at(info, "exception_countries")))
    start = moment(text_at(info, "start_time"))
    return names(countries, f"from {start}" if start else "")


def _requester(value: Value) -> str:
    requester = text_at(value, "requester")
    return f"by {requester}" if requester else ""


def _certification(value: Value) -> str:
    info = value.get("partner_client_certification_info") or value.get("partner_client_certification_needed_info")
    return commas(text_at(info, "status"), text_at(info, "client_business_id"))


_DETAILS: tuple[Callable[[Value], str], ...] = (
    _limit,
    _restrictions,
    _ban,
    lambda value: text_at(value, "violation_info", "violation_type"),
    _partner,
    _disconnection,
    _tier,
    lambda value: text_at(value, "country"),
    _rates,
    _certification,
    _requester,
)


def _flow(value: Value) -> Described | None:
    event = text_at(value, "event")
    if not event:
        return None
    old, new = text_at(value, "old_status"), text_at(value, "new_status")
    states = f"{old} to {new}" if old and new else new
    told = first_text(value, "message", "warning") or commas(text_at(value, "flow_id"), states)
    return join_words(event.lower()), quoted(told)


def _solution(value: Value) -> Described | None:
    event = text_at(value, "event")
    detail = commas(text_at(value, "solution_id"), text_at(value, "solution_status").lower())
    return (join_words(event.lower()), quoted(detail)) if event else None


def _payment_configuration(value: Value) -> Described:
    action = join_words("payment configuration", text_at(value, "status").lower())
    return action, quoted(commas(text_at(value, "configuration_name"), text_at(value, "provider_name")))


def _handover(value: Value) -> Described | None:
    key = next((key for key in value if key.startswith("control_")), None)
    if key is None:
        return None
    who = first_text(value.get("sender"), "phone_number", "wa_id", "user_id")
    return join_words(key), by_author(who) + quoted(text_at(value, key, "metadata"))


def _review(value: Value) -> Described | None:
    decision = text_at(value, "decision")
    return (join_words("review", decision.lower()), "") if decision else None


def _name(value: Value) -> Described | None:
    decision = text_at(value, "decision")
    reason = text_at(value, "rejection_reason")
    detail = commas(text_at(value, "requested_verified_name"), "" if reason == "NONE" else reason)
    return (join_words("name", decision.lower()), quoted(detail)) if decision else None


def _username(value: Value) -> Described:
    """Describe a username of the business: it is no person's."""
    detail = commas(text_at(value, "username"), text_at(value, "display_phone_number"))
    return join_words("business username", text_at(value, "status").lower()), quoted(detail)


def _alert(value: Value) -> Described | None:
    inner = value.get("alert_info") if isinstance(value.get("alert_info"), dict) else value
    kind = text_at(inner, "alert_type").lower()
    return (join_words("alert", kind), quoted(text_at(inner, "alert_description"))) if kind else None


def _settings(value: Value) -> Described | None:
    kind = text_at(value, "type")
    changed = value.get(kind)
    if not isinstance(changed, dict):
        return None
    shown = pairs({key: inner for key, inner in changed.items() if key != "phone_number_id"})
    return join_words(kind), quoted(commas(text_at(value, "metadata", "display_phone_number"), shown))


FAMILY: Family = {
    (WHATSAPP, ANY): _event,
    (ANY, "message_template_status_update"): _template,
    (WHATSAPP, "message_template_status_update"): _template,
    (WHATSAPP, "message_template_quality_update"): _template,
    (WHATSAPP, "message_template_components_update"): _template,
    (WHATSAPP, "template_category_update"): _template,
    (WHATSAPP, "messaging_handovers"): _handover,
    (WHATSAPP, "account_review_update"): _review,
    (WHATSAPP, "phone_number_name_update"): _name,
    (WHATSAPP, "business_username_update"): _username,
    (WHATSAPP, "business_username_updates"): _username,
    (WHATSAPP, "account_alerts"): _alert,
    (WHATSAPP, "account_settings_update"): _settings,
    (WHATSAPP, "flows"): _flow,
    (WHATSAPP, "partner_solutions"): _solution,
    (WHATSAPP, "payment_configuration_update"): _payment_configuration,
}
