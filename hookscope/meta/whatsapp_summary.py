"""What a change of a WhatsApp business account says, for a line that a person reads."""

from collections.abc import Callable
from typing import Any

from hookscope.meta.glimpse import by, dicts, first, get, said, scalar, words

_Described = tuple[str, str] | None


def describe_whatsapp(field: str, value: dict[str, Any]) -> _Described:
    """The action and the rest of the line; None for what shows no more than its keys do."""
    return (_BY_FIELD.get(field) or _events)(value)


def _messages(value: dict[str, Any]) -> _Described:
    for message in dicts(value, "messages"):
        kind = get(message, "type") or "message"
        action = "reaction removed" if kind == "reaction" and not get(message, kind, "emoji") else kind
        return action, f" from {first(message, 'from', 'from_user_id')}{said(_content(message, kind))}"
    for status in dicts(value, "statuses"):
        action = words("call" if get(status, "type") == "call" else "status", get(status, "status").lower())
        return action, f" to {first(status, 'recipient_id', 'recipient_user_id')}{said(_error(status))}"
    return ("error", said(_error(value))) if _error(value) else None


def _content(message: dict[str, Any], kind: str) -> str:
    """What somebody wrote or chose."""
    inner: Any = message.get(kind)
    match kind:
        case "contacts":
            return ", ".join(get(contact, "name", "formatted_name") for contact in dicts(message, kind))
        case "interactive":
            chosen = inner.get(get(inner, "type")) if isinstance(inner, dict) else None
            return first(chosen, "title", "name", "response")
        case "order":
            return first(inner, "text") or f"{len(dicts(inner, 'product_items'))} items"
        case "unsupported":
            return _error(message)
        case _:
            return first(inner, "body", "caption", "emoji", "text", "name", "filename", "address")


def _error(value: dict[str, Any]) -> str:
    return next((words(get(error, "code"), first(error, "title", "message")) for error in dicts(value, "errors")), "")


def _template(value: dict[str, Any]) -> _Described:
    name = get(value, "message_template_name")
    if quality := get(value, "new_quality_score"):
        state = f"quality {quality}"
    elif category := get(value, "new_category"):
        state = f"category {category}"
    else:
        state = get(value, "event") or "changed"
    return (words("template", state.lower()), said(_and(name, get(value, "reason")))) if name else None


def _echoes(value: dict[str, Any]) -> _Described:
    for message in dicts(value, "message_echoes"):
        return "message echo", f" to {get(message, 'to')}{said(_content(message, get(message, 'type')))}"
    return None


def _calls(value: dict[str, Any]) -> _Described:
    for call in dicts(value, "calls"):
        return words("call", get(call, "event")), f" from {get(call, 'from')}{said(get(call, 'status').lower())}"
    return _messages(value)


def _groups(value: dict[str, Any]) -> _Described:
    for group in dicts(value, "groups"):
        who = ", ".join(
            first(one, "wa_id", "user_id")
            for key in ("added_participants", "removed_participants")
            for one in dicts(group, key)
        )
        return words(get(group, "type")), said(get(group, "subject") or who or get(group, "group_id"))
    return None


def _history(value: dict[str, Any]) -> _Described:
    for part in dicts(value, "history"):
        shown = f"{get(part, 'metadata', 'progress')} %, {len(dicts(part, 'threads'))} threads"
        return "history", said(_error(part) or shown)
    return None


def _contacts(value: dict[str, Any]) -> _Described:
    for change in dicts(value, "state_sync"):
        contact = change.get("contact")
        return words(get(change, "type"), get(change, "action")), said(first(contact, "full_name", "phone_number"))
    return None


def _automatic(value: dict[str, Any]) -> _Described:
    return next(
        (("automatic event", said(get(event, "event_name"))) for event in dicts(value, "automatic_events")), None
    )


def _handover(value: dict[str, Any]) -> _Described:
    metadata = get(value, "control_passed", "metadata")
    return "control passed", by(get(value, "sender", "phone_number")) + said(metadata)


def _profile(value: dict[str, Any]) -> _Described:
    contact = next(iter(dicts(value, "contacts")), None)
    return ("profile", said(get(contact, "profile", "name"))) if contact else None


def _review(value: dict[str, Any]) -> _Described:
    decision = get(value, "decision")
    return (words("review", decision.lower()), "") if decision else None


def _name(value: dict[str, Any]) -> _Described:
    decision = get(value, "decision")
    detail = _and(get(value, "requested_verified_name"), get(value, "rejection_reason"))
    return (words("name", decision.lower()), said(detail)) if decision else None


def _alert(value: dict[str, Any]) -> _Described:
    inner = value.get("alert_info") if isinstance(value.get("alert_info"), dict) else value
    kind = get(inner, "alert_type").lower()
    return (words("alert", kind), said(get(inner, "alert_description"))) if kind else None


def _events(value: dict[str, Any]) -> _Described:
    """A change that names its event: of the account, of a number, of its security."""
    event = get(value, "event")
    if not event:
        return None
    inner = next((scalar(item) for part in _parts(value) for item in part.values() if scalar(item)), "")
    about = first(value, "display_phone_number", "phone_number")
    return words(event.lower()), said(_and(about, first(value, "current_limit")) or inner)


def _and(*details: str) -> str:
    return ", ".join(detail for detail in details if detail)


def _parts(value: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        part for inner in value.values() for part in (inner if isinstance(inner, list) else [inner]) if _is_object(part)
    ]


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_BY_FIELD: dict[str, Callable[[dict[str, Any]], _Described]] = {
    "messages": _messages,
    "message_template_status_update": _template,
    "message_template_quality_update": _template,
    "message_template_components_update": _template,
    "template_category_update": _template,
    "message_echoes": _echoes,
    "smb_message_echoes": _echoes,
    "smb_app_state_sync": _contacts,
    "calls": _calls,
    "group_lifecycle_update": _groups,
    "group_participants_update": _groups,
    "group_settings_update": _groups,
    "group_status_update": _groups,
    "history": _history,
    "automatic_events": _automatic,
    "messaging_handovers": _handover,
    "consumer_profile": _profile,
    "account_review_update": _review,
    "phone_number_name_update": _name,
    "account_alerts": _alert,
}
