"""Summaries of the `messaging[]` events of Messenger and Instagram, and of Messenger's `calls[]`."""

from typing import Any

from hookscope.meta.json_access import (
    by_author,
    by_sender,
    commas,
    first_text,
    join_words,
    moment,
    names,
    objects_at,
    pairs,
    quoted,
    text_at,
    to,
)
from hookscope.meta.notification import MESSAGING_FRAME

_UNTOLD = frozenset(("status", "action", "authorization_code", "token"))
_SAYING = ("metadata", "ref", "reason", "feedback", "title", "payload", "response", "event", "id")


def describe_messaging(event: dict[str, Any]) -> tuple[str, str]:
    """Return the action and the rest of the line."""
    sender, recipient = (first_text(event.get(side), "id", "user_ref") for side in ("sender", "recipient"))
    if isinstance(message := event.get("message"), dict):
        return _message(message, sender, recipient)
    if isinstance(read := event.get("read"), dict):
        return "read", by_author(sender) + _up_to(read)
    if isinstance(delivery := event.get("delivery"), dict):
        return "delivered", to(sender) + _up_to(delivery)
    if isinstance(reaction := event.get("reaction"), dict):
        return text_at(reaction, "action") or "reaction", f" {text_at(reaction, 'emoji')}{by_author(sender)}"
    if isinstance(postback := event.get("postback"), dict):
        return "postback", by_author(sender) + quoted(first_text(postback, "title", "payload"))
    if isinstance(edit := event.get("message_edit"), dict):
        return "message edit", by_author(sender) + quoted(text_at(edit, "text"))
    if isinstance(optin := event.get("optin"), dict):
        stopped = text_at(optin, "notification_messages_status") == "STOP_NOTIFICATIONS"
        return "optout" if stopped else "optin", by_author(sender) + quoted(
            first_text(optin, "title", "ref", "payload", "type")
        )
    if isinstance(referral := event.get("referral"), dict):
        return "referral", by_author(sender) + quoted(
            join_words(text_at(referral, "source").lower(), text_at(referral, "ref"))
        )
    return _other(event, sender)


def describe_call(call: dict[str, Any]) -> tuple[str, str]:
    """Return the action and the rest of the line. A call names the person when it begins and rings alone."""
    is_sent = text_at(call, "call_direction") == "business_initiated"
    who = to(text_at(call, "to")) if is_sent else by_sender(text_at(call, "from"))
    seconds, event = text_at(call, "duration"), text_at(call, "event").removeprefix("call_")
    state = first_text(call, "call_status", "status").lower()
    about = commas(state, f"{seconds} s" if seconds else "")
    return join_words("call", event), (who or to(text_at(call, "recipient_id"))) + quoted(about)


def _message(message: dict[str, Any], sender: str, recipient: str) -> tuple[str, str]:
    shown = text_at(message, "text") or commas(*map(_attachment, objects_at(message, "attachments")))
    shown = shown or text_at(message, "quick_reply", "payload")
    if message.get("is_deleted"):
        return "message deleted", by_author(sender)
    if message.get("is_echo"):
        return "message echo", to(recipient) + quoted(shown)
    if message.get("is_unsupported"):
        return "message", by_sender(sender) + quoted("[unsupported]")
    return "message", by_sender(sender) + quoted(shown)


def _up_to(receipt: dict[str, Any]) -> str:
    """Return the time of the last message that is delivered or read."""
    watermark = moment(text_at(receipt, "watermark"))
    return f" up to {watermark}" if watermark else ""


def _attachment(attachment: dict[str, Any]) -> str:
    payload: Any = attachment.get("payload")
    where = payload.get("coordinates") if isinstance(payload, dict) else None
    place = commas(text_at(where, "lat"), text_at(where, "long"))
    told = first_text(payload, "title", "status") or place or text_at(attachment, "title") or _offered(payload)
    return names(f"[{text_at(attachment, 'type')}]", told)


def _offered(payload: Any) -> str:
    """Return the text of a template, or the titles of what it shows."""
    product = payload.get("product") if isinstance(payload, dict) else None
    shown = [*objects_at(payload, "elements"), *objects_at(product, "elements")]
    return text_at(payload, "text") or commas(*(text_at(one, "title") for one in shown))


def _other(event: dict[str, Any], sender: str) -> tuple[str, str]:
    """Return the line of an event of which only the key is known."""
    key = next((key for key in event if key not in MESSAGING_FRAME), "messaging")
    inner = event.get(key)
    action = join_words(key.removeprefix("messaging_").replace("-", "_"), first_text(inner, "status", "action"))
    if key == "app_roles" and isinstance(inner, dict):
        return action, quoted("; ".join(f"{app} {_listed(roles)}" for app, roles in inner.items()))
    return action, by_author(sender) + quoted(first_text(inner, *_SAYING) or _values(inner))


def _values(inner: Any) -> str:
    """Return the first values of an event that holds no text; never a code that links accounts."""
    return pairs({key: inner[key] for key in inner if key not in _UNTOLD}) if isinstance(inner, dict) else ""


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
