"""What a `messaging[]` event of Messenger or Instagram says, for a line that a person reads."""

from typing import Any

from hookscope.meta.json_access import by, commas, dicts, first, get, moment, names, pairs, said, words

_UNTOLD = frozenset(("status", "action", "authorization_code", "token"))
_SAYING = ("metadata", "ref", "reason", "feedback", "title", "payload", "event", "id")


def describe_messaging(event: dict[str, Any]) -> tuple[str, str]:
    """The action, and the rest of the line."""
    sender, recipient = get(event, "sender", "id"), get(event, "recipient", "id")
    if isinstance(message := event.get("message"), dict):
        return _message(message, sender, recipient)
    if isinstance(read := event.get("read"), dict):
        return "read", by(sender) + (f" up to {moment(get(read, 'watermark'))}" if read.get("watermark") else "")
    if isinstance(delivery := event.get("delivery"), dict):
        return "delivered", f" to {sender} up to {moment(get(delivery, 'watermark'))}"
    if isinstance(reaction := event.get("reaction"), dict):
        return get(reaction, "action") or "reaction", f" {get(reaction, 'emoji')}{by(sender)}"
    if isinstance(postback := event.get("postback"), dict):
        return "postback", by(sender) + said(first(postback, "title", "payload"))
    if isinstance(edit := event.get("message_edit"), dict):
        return "message edit", by(sender) + said(get(edit, "text"))
    if isinstance(optin := event.get("optin"), dict):
        stopped = get(optin, "notification_messages_status") == "STOP_NOTIFICATIONS"
        return "optout" if stopped else "optin", by(sender) + said(first(optin, "title", "ref", "payload", "type"))
    if isinstance(referral := event.get("referral"), dict):
        return "referral", by(sender) + said(words(get(referral, "source").lower(), get(referral, "ref")))
    return _other(event, sender)


def _message(message: dict[str, Any], sender: str, recipient: str) -> tuple[str, str]:
    shown = get(message, "text") or commas(*map(_attachment, dicts(message, "attachments")))
    if message.get("is_deleted"):
        return "message deleted", by(sender)
    if message.get("is_echo"):
        return "message echo", f" to {recipient}{said(shown)}"
    if message.get("is_unsupported"):
        return "message", f" from {sender}: [unsupported]"
    return "message", f" from {sender}{said(shown)}"


def _attachment(attachment: dict[str, Any]) -> str:
    payload: Any = attachment.get("payload")
    where = payload.get("coordinates") if isinstance(payload, dict) else None
    place = commas(get(where, "lat"), get(where, "long"))
    return names(f"[{get(attachment, 'type')}]", get(payload, "title") or place)


def _other(event: dict[str, Any], sender: str) -> tuple[str, str]:
    """An event of which no more is known than the key that it carries."""
    key = next((key for key in event if key not in ("sender", "recipient", "timestamp")), "messaging")
    inner = event.get(key)
    action = words(key.removeprefix("messaging_"), first(inner, "status", "action"))
    if key == "app_roles" and isinstance(inner, dict):
        return action, said("; ".join(f"{app} {_listed(roles)}" for app, roles in inner.items()))
    return action, by(sender) + said(first(inner, *_SAYING) or _values(inner))


def _values(inner: Any) -> str:
    """The first values of an event that says nothing in words; a code that links accounts is nobody's business."""
    return pairs({key: inner[key] for key in inner if key not in _UNTOLD}) if isinstance(inner, dict) else ""


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
