"""Describe the items of a WhatsApp change: messages, statuses, calls, groups and what else comes in lists.

Sources: WhatsApp webhooks reference, pages messages, edit, revoke, system, status, group, calls, user_preferences,
smb_message_echoes, and Business-scoped user IDs (read 2026-11-29).
"""

from collections.abc import Callable, Mapping
from typing import Any

from hookscope.meta.json_access import by, commas, counted, dicts, first, get, names, said, to, words

Described = tuple[str, str]
_Item = Mapping[str, Any]


def describe_item(part: str, item: _Item, value: _Item) -> Described | None:
    """Return the action and the rest of the line for an item of the list `part`; None for a list that is not known.

    `value` is the change's value, in which `contacts` names the item's person.
    """
    described = _BY_PART.get(part)
    return described(item, value) if described else None


def error_of(value: Any) -> str:
    """Return the first of an object's errors, by code and title; an empty text when there is none."""
    return next((words(get(error, "code"), first(error, "title", "message")) for error in dicts(value, "errors")), "")


def _message(item: _Item, value: _Item) -> Described:
    kind = get(item, "type") or "message"
    action = "reaction removed" if kind == "reaction" and not get(item, kind, "emoji") else words(kind)
    sender = first(item, "from", "from_user_id") or _contact(value)
    who = f" from {sender}" if sender else ""
    if "group_id" in item:
        who += f" in group {get(item, 'group_id')}"
    content = _content(item)
    return action, who + said(commas(content, error_of(item)) if "errors" in item else content)


def _echo(item: _Item, value: _Item) -> Described:
    kind = get(item, "type")
    recipient = first(item, "to", "to_user_id") or _contact(value)
    return words("message echo", "" if kind == "text" else kind), to(recipient) + said(_content(item))


def _content(message: _Item) -> str:
    """What somebody wrote, chose or sent."""
    kind = get(message, "type")
    inner: Any = message.get(kind)
    match kind:
        case "contacts":
            return commas(*(_card(contact) for contact in dicts(message, kind)))
        case "interactive":
            return _chosen(inner)
        case "order":
            return first(inner, "text") or counted(len(dicts(inner, "product_items")), "item")
        case "edit":
            edited = inner.get("message") if isinstance(inner, dict) else None
            return _content(edited) if get(edited, "type") != kind and isinstance(edited, dict) else ""
        case "location":
            return first(inner, "name", "address") or commas(get(inner, "latitude"), get(inner, "longitude"))
        case "audio":
            return "voice message" if isinstance(inner, dict) and inner.get("voice") is True else ""
        case "unsupported":
            return words(get(inner, "type"))
        case "system":
            return get(inner, "body") or words(get(inner, "type"), first(inner, "wa_id", "user_id"))
        case _:
            return first(inner, "body", "caption", "emoji", "text", "name", "filename")


def _card(contact: _Item) -> str:
    phones = [first(phone, "phone", "wa_id") for phone in dicts(contact, "phones")]
    return get(contact, "name", "formatted_name") or next(filter(None, phones), "")


def _chosen(interactive: Any) -> str:
    kind = get(interactive, "type")
    chosen = interactive.get(kind) if isinstance(interactive, dict) else None
    if kind == "call_permission_reply":
        return words("call permission", get(chosen, "response"))
    return get(chosen, "title") or names(get(chosen, "name"), get(chosen, "response_json"))


def _status(item: _Item, value: _Item) -> Described:
    kind, state = get(item, "type"), get(item, "status").lower()
    recipient = first(item, "recipient_participant_id", "recipient_participant_user_id")
    where = f" in group {get(item, 'recipient_id')}" if recipient else ""
    recipient = recipient or first(item, "recipient_id", "recipient_user_id") or _contact(value)
    action = words(kind if kind in ("call", "payment") else "status", state)
    return action, to(recipient) + where + said(commas(_payment(item), error_of(item)))


def _payment(status: _Item) -> str:
    """The order that was paid, or not, and why not."""
    payment: Any = status.get("payment")
    transaction = payment.get("transaction") if isinstance(payment, dict) else None
    failure = names(get(transaction, "error", "code"), get(transaction, "error", "reason"))
    state = get(transaction, "status") if failure or get(transaction, "status") == "failed" else ""
    return commas(get(payment, "reference_id"), names(state, failure))


def _call(item: _Item, value: _Item) -> Described:
    if get(item, "direction") == "BUSINESS_INITIATED":
        who = to(first(item, "to", "to_user_id") or _contact(value))
    else:
        caller = first(item, "from", "from_user_id") or _contact(value)
        who = f" from {caller}" if caller else ""
    seconds = get(item, "duration")
    lasted = f"{seconds} s" if seconds else ""
    return words("call", get(item, "event")), who + said(commas(get(item, "status").lower(), lasted, error_of(item)))


def _group(item: _Item, _: _Item) -> Described:
    people = commas(
        *(
            first(one, "wa_id", "user_id", "input")
            for key in ("added_participants", "removed_participants", "failed_participants")
            for one in dicts(item, key)
        )
    )
    about = first(item, "subject", "wa_id", "user_id") or people or _setting(item) or get(item, "group_id")
    return words(get(item, "type")) or "group", said(commas(about, error_of(item)))


def _setting(group: _Item) -> str:
    """The setting of a group that was changed, or was not."""
    for key in ("group_subject", "group_description", "profile_picture"):
        if isinstance(changed := group.get(key), dict):
            failed = "" if changed.get("update_successful", True) else "not changed"
            return commas(words(key.removeprefix("group_"), get(changed, "text")), failed, error_of(changed))
    return ""


def _preference(item: _Item, value: _Item) -> Described:
    who = first(item, "wa_id", "user_id") or _contact(value)
    action = words(get(item, "category"), get(item, "value"))
    return (action, by(who)) if action else ("user preference", by(who) + said(get(item, "detail")))


def _user_id(item: _Item, value: _Item) -> Described:
    both = f"{get(item, 'user_id', 'previous') or '?'} to {get(item, 'user_id', 'current') or '?'}"
    number = get(item, "wa_id") or _contact(value)
    return "user id update", said(both + (f" ({number})" if number else ""))


def _synced(item: _Item, _: _Item) -> Described:
    contact = item.get("contact")
    return words(get(item, "type"), get(item, "action")), said(first(contact, "full_name", "phone_number", "user_id"))


def _history(item: _Item, _: _Item) -> Described:
    progress, threads = get(item, "metadata", "progress"), dicts(item, "threads")
    shown = commas(f"{progress} %" if progress else "", counted(len(threads), "thread"))
    return "history", said(error_of(item) or shown)


def _automatic(item: _Item, _: _Item) -> Described:
    return "automatic event", said(words(get(item, "event_name")))


def _profile(item: _Item, _: _Item) -> Described:
    return "profile", said(commas(get(item, "profile", "name"), first(item, "wa_id", "user_id")))


def _error(item: _Item, _: _Item) -> Described:
    return "error", said(error_of({"errors": [item]}))


def _contact(value: _Item) -> str:
    """Whom `contacts` names, where the item itself does not: WhatsApp may hide the number."""
    contact = next(iter(dicts(value, "contacts")), {})
    return first(contact, "wa_id", "user_id") or first(contact.get("profile"), "username", "name")


_BY_PART: dict[str, Callable[[_Item, _Item], Described]] = {
    "messages": _message,
    "message_echoes": _echo,
    "statuses": _status,
    "calls": _call,
    "groups": _group,
    "user_preferences": _preference,
    "user_id_update": _user_id,
    "state_sync": _synced,
    "history": _history,
    "automatic_events": _automatic,
    "contacts": _profile,
    "errors": _error,
}
