"""Describe the items of a WhatsApp change: messages, statuses, calls, groups and what else comes in lists.

Sources: WhatsApp webhooks reference, pages messages, edit, revoke, system, status, group, calls, user_preferences,
smb_message_echoes, and Business-scoped user IDs (read 2026-11-29); history, automatic_events, and the guides "Tracking
click events" and "One-click payments" (read 2026-11-30).
"""

from collections.abc import Callable, Mapping
from typing import Any

from hookscope.meta.json_access import (
    by_author,
    by_sender,
    commas,
    counted,
    first_text,
    join_words,
    names,
    objects_at,
    pairs,
    quoted,
    text_at,
    to,
)
from hookscope.meta.summaries.family import Described

_Item = Mapping[str, Any]


def describe_item(part: str, item: _Item, value: _Item) -> Described | None:
    """Return the action and the rest of the line for an item of the list `part`, or None for an unknown list.

    `value` is the change's value, in which `contacts` names the item's person.
    """
    described = _BY_PART.get(part)
    return described(item, value) if described else None


def error_of(value: Any) -> str:
    """Return the first of an object's errors, by code and title, or an empty text when there is none."""
    return next(
        (
            join_words(text_at(error, "code"), first_text(error, "title", "message"))
            for error in objects_at(value, "errors")
        ),
        "",
    )


def _message(item: _Item, value: _Item) -> Described:
    kind = text_at(item, "type") or "message"
    action = "reaction removed" if kind == "reaction" and not text_at(item, kind, "emoji") else join_words(kind)
    who = by_sender(first_text(item, "from", "from_user_id") or _contact(value)) + to(text_at(item, "to"))
    if "group_id" in item:
        who += f" in group {text_at(item, 'group_id')}"
    content = _content(item)
    return action, who + quoted(commas(content, error_of(item)) if "errors" in item else content)


def _echo(item: _Item, value: _Item) -> Described:
    kind = text_at(item, "type")
    recipient = first_text(item, "to", "to_user_id") or _contact(value)
    return join_words("message echo", "" if kind == "text" else kind), to(recipient) + quoted(_content(item))


def _content(message: _Item) -> str:
    """Return what the sender wrote, chose or attached."""
    kind = text_at(message, "type")
    inner: Any = message.get(kind)
    match kind:
        case "contacts":
            return commas(*(_card(contact) for contact in objects_at(message, kind)))
        case "interactive":
            return _chosen(inner)
        case "order":
            return first_text(inner, "text") or counted(len(objects_at(inner, "product_items")), "item")
        case "edit":
            edited = inner.get("message") if isinstance(inner, dict) else None
            return _content(edited) if text_at(edited, "type") != kind and isinstance(edited, dict) else ""
        case "location":
            return first_text(inner, "name", "address") or commas(
                text_at(inner, "latitude"), text_at(inner, "longitude")
            )
        case "audio":
            return "voice message" if isinstance(inner, dict) and inner.get("voice") is True else ""
        case "unsupported":
            return join_words(text_at(inner, "type"))
        case "system":
            return text_at(inner, "body") or join_words(text_at(inner, "type"), first_text(inner, "wa_id", "user_id"))
        case _:
            return first_text(inner, "body", "caption", "emoji", "text", "name", "filename")


def _card(contact: _Item) -> str:
    phones = [first_text(phone, "phone", "wa_id") for phone in objects_at(contact, "phones")]
    return text_at(contact, "name", "formatted_name") or next(filter(None, phones), "")


def _chosen(interactive: Any) -> str:
    kind = text_at(interactive, "type")
    chosen = interactive.get(kind) if isinstance(interactive, dict) else None
    if kind == "call_permission_reply":
        return join_words("call permission", text_at(chosen, "response"))
    told = text_at(chosen, "title") or names(text_at(chosen, "name"), text_at(chosen, "response_json"))
    return told or pairs(chosen)


def _status(item: _Item, value: _Item) -> Described:
    kind, state = text_at(item, "type"), text_at(item, "status").lower()
    recipient = first_text(item, "recipient_participant_id", "recipient_participant_user_id")
    where = f" in group {text_at(item, 'recipient_id')}" if recipient else ""
    recipient = recipient or first_text(item, "recipient_id", "recipient_user_id") or _contact(value)
    action = join_words(kind if kind in ("call", "payment") else "status", state)
    return action, to(recipient) + where + quoted(commas(_payment(item), error_of(item)))


def _payment(status: _Item) -> str:
    """Return the order that was paid or not, with the reason."""
    payment: Any = status.get("payment")
    transaction = payment.get("transaction") if isinstance(payment, dict) else None
    failure = names(text_at(transaction, "error", "code"), text_at(transaction, "error", "reason"))
    state = text_at(transaction, "status") if failure or text_at(transaction, "status") == "failed" else ""
    return commas(text_at(payment, "reference_id"), names(state, failure))


def _call(item: _Item, value: _Item) -> Described:
    if text_at(item, "direction") == "BUSINESS_INITIATED":
        who = to(first_text(item, "to", "to_user_id") or _contact(value))
    else:
        who = by_sender(first_text(item, "from", "from_user_id") or _contact(value))
    seconds = text_at(item, "duration")
    lasted = f"{seconds} s" if seconds else ""
    return join_words("call", text_at(item, "event")), who + quoted(
        commas(text_at(item, "status").lower(), lasted, error_of(item))
    )


def _group(item: _Item, _: _Item) -> Described:
    people = commas(
        *(
            first_text(one, "wa_id", "user_id", "input")
            for key in ("added_participants", "removed_participants", "failed_participants")
            for one in objects_at(item, key)
        )
    )
    about = first_text(item, "subject", "wa_id", "user_id") or people or _setting(item) or text_at(item, "group_id")
    return join_words(text_at(item, "type")) or "group", quoted(commas(about, error_of(item)))


def _setting(group: _Item) -> str:
    """Return the group settings that were changed, or failed to change."""
    settings = []
    for key in ("group_subject", "group_description", "profile_picture"):
        if isinstance(changed := group.get(key), dict):
            failed = "" if changed.get("update_successful", True) else "not changed"
            setting = names(join_words(key.removeprefix("group_")), text_at(changed, "text"))
            settings.append(commas(setting, failed, error_of(changed)))
    return commas(*settings)


def _preference(item: _Item, value: _Item) -> Described:
    who = first_text(item, "wa_id", "user_id") or _contact(value)
    action = join_words(text_at(item, "category"), text_at(item, "value"))
    return (action, by_author(who)) if action else ("user preference", by_author(who) + quoted(text_at(item, "detail")))


def _user_id(item: _Item, value: _Item) -> Described:
    both = f"{text_at(item, 'user_id', 'previous') or '?'} to {text_at(item, 'user_id', 'current') or '?'}"
    number = text_at(item, "wa_id") or _contact(value)
    return "user id update", quoted(both + (f" ({number})" if number else ""))


def _synced(item: _Item, _: _Item) -> Described:
    contact = item.get("contact")
    return join_words(text_at(item, "type"), text_at(item, "action")), quoted(
        first_text(contact, "full_name", "phone_number", "user_id")
    )


def _history(item: _Item, _: _Item) -> Described:
    progress, threads = text_at(item, "metadata", "progress"), objects_at(item, "threads")
    shown = commas(f"{progress} %" if progress else "", counted(len(threads), "thread"))
    return "history", quoted(error_of(item) or shown)


def _automatic(item: _Item, _: _Item) -> Described:
    amount = names(text_at(item, "custom_data", "value"), text_at(item, "custom_data", "currency"))
    return "automatic event", quoted(commas(join_words(text_at(item, "event_name")), amount))


def _action(item: _Item, _: _Item) -> Described:
    """Describe what somebody did with a marketing message; WhatsApp does not say who."""
    kind = text_at(item, "action_type")
    data = item.get(f"{kind}_data")
    return join_words(kind) or "user action", quoted(
        commas(text_at(data, "click_component"), text_at(data, "product_id"))
    )


def _profile(item: _Item, _: _Item) -> Described:
    return "profile", quoted(commas(text_at(item, "profile", "name"), first_text(item, "wa_id", "user_id")))


def _error(item: _Item, _: _Item) -> Described:
    return "error", quoted(error_of({"errors": [item]}))


def _contact(value: _Item) -> str:
    """Return the person that `contacts` names when the item itself names none: WhatsApp may hide the number."""
    contact = next(iter(objects_at(value, "contacts")), {})
    return first_text(contact, "wa_id", "user_id") or first_text(contact.get("profile"), "username", "name")


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
    "user_actions": _action,
    "contacts": _profile,
    "errors": _error,
}
