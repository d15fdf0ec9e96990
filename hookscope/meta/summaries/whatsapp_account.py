"""Describe changes of a WhatsApp account: its templates, numbers, restrictions, partners, flows and payments.

Sources: WhatsApp webhooks reference, a page for each field; account_update as of Apr 20, 2026, partner_solutions as of
Jun 17, 2026 (read 2026-11-29).
"""

from collections.abc import Callable, Mapping
from typing import Any

from hookscope.meta.json_access import by, commas, dicts, first, get, moment, names, pairs, said, words

Described = tuple[str, str]
_Value = Mapping[str, Any]


def describe_account(field: str, value: _Value) -> Described | None:
    """Return the action and the rest of the line; None for what shows no more than its keys do."""
    return (_BY_FIELD.get(field) or _event)(value)


def _template(value: _Value) -> Described | None:
    name = get(value, "message_template_name")
    if not name:
        return None
    if quality := get(value, "new_quality_score"):
        return _changed("quality", quality, name, was=get(value, "previous_quality_score"))
    if category := get(value, "new_category"):
        upcoming = get(value, "correct_category")
        return _changed("category", category, name, was=get(value, "previous_category"), will_be=upcoming)
    if event := get(value, "event"):
        return words("template", event.lower()), said(commas(name, _reason(value)))
    return "template changed", said(commas(name, first(value, "message_template_element", "message_template_title")))


def _changed(what: str, now: str, name: str, *, was: str, will_be: str = "") -> Described:
    history = commas(f"was {was}" if was else "", f"will be {will_be}" if will_be else "")
    return words("template", what, now.lower()), said(commas(name, history))


def _reason(value: _Value) -> str:
    """Why a template has this state; `NONE` is how Meta writes that there is no reason."""
    reason = get(value, "reason")
    info = value.get("other_info")
    return commas(
        "" if reason == "NONE" else reason,
        get(value, "rejection_info", "reason"),
        get(info, "title"),
        get(info, "description"),
        moment(get(value, "disable_info", "disable_date")),
    )


def _event(value: _Value) -> Described | None:
    """A change that names its event: of the account, of a number, of its security."""
    event = get(value, "event")
    if not event:
        return None
    number = first(value, "display_phone_number", "phone_number")
    return words(event.lower()), said(commas(number, *(tell(value) for tell in _DETAILS)))


def _limit(value: _Value) -> str:
    old, current = get(value, "old_limit"), first(value, "current_limit", "max_daily_conversations_per_business")
    return f"{old} to {current}" if old and current else current


def _restrictions(value: _Value) -> str:
    return commas(
        *(
            names(get(one, "restriction_type"), _until(moment(get(one, "expiration"))))
            for one in dicts(value, "restriction_info")
        )
    )


def _until(end: str) -> str:
    return f"until {end}" if end else ""


def _ban(value: _Value) -> str:
    return commas(get(value, "ban_info", "waba_ban_state"), get(value, "ban_info", "waba_ban_date"))


def _partner(value: _Value) -> str:
    """Whose account it is, and which partner, app or ad account it has to do with."""
    info: Any = value.get("waba_info")
    named = (
        ("account", "waba_id"),
        ("of business", "owner_business_id"),
        ("app", "partner_app_id"),
        ("solution", "solution_id"),
        ("ad account", "ad_account_linked"),
    )
    return commas(*(f"{label} {found}" for label, key in named if (found := get(info, key))))


def _disconnection(value: _Value) -> str:
    info = value.get("disconnection_info")
    who = get(info, "initiated_by")
    return names(get(info, "reason"), f"by {who}" if who else "")


def _tier(value: _Value) -> str:
    info = value.get("volume_tier_info")
    return names(get(info, "pricing_category"), get(info, "tier"), get(info, "region"))


def _rates(value: _Value) -> str:
    info: Any = value.get("auth_international_rate_eligibility")
    countries = commas(*(get(one, "country_code") for one in dicts(info, "exception_countries")))
    start = moment(get(info, "start_time"))
    return names(countries, f"from {start}" if start else "")


def _requester(value: _Value) -> str:
    requester = get(value, "requester")
    return f"by {requester}" if requester else ""


def _certification(value: _Value) -> str:
    info = value.get("partner_client_certification_info")
    return commas(get(info, "status"), get(info, "client_business_id"))


_DETAILS: tuple[Callable[[_Value], str], ...] = (
    _limit,
    _restrictions,
    _ban,
    lambda value: get(value, "violation_info", "violation_type"),
    _partner,
    _disconnection,
    _tier,
    lambda value: get(value, "country"),
    _rates,
    _certification,
    _requester,
)


def _flow(value: _Value) -> Described | None:
    event = get(value, "event")
    if not event:
        return None
    old, new = get(value, "old_status"), get(value, "new_status")
    states = f"{old} to {new}" if old and new else new
    return words(event.lower()), said(get(value, "message") or commas(get(value, "flow_id"), states))


def _solution(value: _Value) -> Described | None:
    event = get(value, "event")
    detail = commas(get(value, "solution_id"), get(value, "solution_status").lower())
    return (words(event.lower()), said(detail)) if event else None


def _payment_configuration(value: _Value) -> Described:
    action = words("payment configuration", get(value, "status").lower())
    return action, said(commas(get(value, "configuration_name"), get(value, "provider_name")))


def _handover(value: _Value) -> Described:
    key = next((key for key in value if key.startswith("control_")), "control_passed")
    who = first(value.get("sender"), "phone_number", "wa_id", "user_id")
    return words(key), by(who) + said(get(value, key, "metadata"))


def _review(value: _Value) -> Described | None:
    decision = get(value, "decision")
    return (words("review", decision.lower()), "") if decision else None


def _name(value: _Value) -> Described | None:
    decision = get(value, "decision")
    reason = get(value, "rejection_reason")
    detail = commas(get(value, "requested_verified_name"), "" if reason == "NONE" else reason)
    return (words("name", decision.lower()), said(detail)) if decision else None


def _alert(value: _Value) -> Described | None:
    inner = value.get("alert_info") if isinstance(value.get("alert_info"), dict) else value
    kind = get(inner, "alert_type").lower()
    return (words("alert", kind), said(get(inner, "alert_description"))) if kind else None


def _settings(value: _Value) -> Described | None:
    kind = get(value, "type")
    changed = value.get(kind)
    if not isinstance(changed, dict):
        return None
    shown = pairs({key: inner for key, inner in changed.items() if key != "phone_number_id"})
    return words(kind), said(commas(get(value, "metadata", "display_phone_number"), shown))


_BY_FIELD: dict[str, Callable[[_Value], Described | None]] = {
    "message_template_status_update": _template,
    "message_template_quality_update": _template,
    "message_template_components_update": _template,
    "template_category_update": _template,
    "messaging_handovers": _handover,
    "account_review_update": _review,
    "phone_number_name_update": _name,
    "account_alerts": _alert,
    "account_settings_update": _settings,
    "flows": _flow,
    "partner_solutions": _solution,
    "payment_configuration_update": _payment_configuration,
}
