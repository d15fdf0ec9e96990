"""One line for a person about one event: what happened, by whom, and the beginning of what they wrote."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hookscope.meta.notification import Event, Form

_LONGEST = 200
_SHOWN_PAIRS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`action` is the event in a word or two ("comment add"); `line` goes on with who and what."""

    action: str
    line: str


def summarize(event: Event) -> Summary:
    """Summarise an event of any shape; never raises. The texts may hold whatever the sender wrote, on one line."""
    action, detail = _describe(event)
    return Summary(action=_one_line(action), line=_one_line(f"{action}{detail}"))


def _describe(event: Event) -> tuple[str, str]:
    value = event.value
    if event.form is Form.CHANGED_FIELDS:
        return f"{event.field} changed", ""
    if event.form in (Form.MESSAGING, Form.STANDBY):
        return _messaging(value if isinstance(value, dict) else {})
    if not isinstance(value, dict):
        action = " ".join(part for part in (event.verb, event.field) if part)
        return action, f": {_scalar(value)}" if _scalar(value) else ""
    by_field = _BY_FIELD.get((event.object, event.field)) or _BY_FIELD.get(("", event.field))
    described = by_field(value) if by_field else None
    return described or _item(value) or _pairs(event, value)


def _item(value: dict[str, Any]) -> tuple[str, str] | None:
    """The item/verb pair of `feed`, `mention`, `ratings` and their like."""
    action = " ".join(part for part in (_get(value, "item"), _get(value, "verb")) if part)
    if not action:
        return None
    if value.get("reaction_type"):
        action = f"{_get(value, 'reaction_type')} {action}"
    author = _get(value, "from", "name") or _get(value, "reviewer_name") or _get(value, "from", "id")
    said = _get(value, "message") or _get(value, "review_text") or _get(value, "story") or _get(value, "link")
    return action, _by(author) + _said(said)


def _leadgen(value: dict[str, Any]) -> tuple[str, str] | None:
    form = _get(value, "form_id")
    return "lead", f" {_get(value, 'leadgen_id')}" + (f" from form {form}" if form else "")


def _conversation(value: dict[str, Any]) -> tuple[str, str] | None:
    number = _get(value, "conversation_id") or _get(value, "thread_id")
    return ("conversation update", f" {number}") if number else None


def _instagram_comment(value: dict[str, Any]) -> tuple[str, str] | None:
    return "comment", _by(_get(value, "from", "username")) + _said(_get(value, "text"))


def _instagram_mention(value: dict[str, Any]) -> tuple[str, str] | None:
    where = "comment" if value.get("comment_id") else "caption"
    return "mention", f" in a {where} on media {_get(value, 'media_id')}"


def _whatsapp_messages(value: dict[str, Any]) -> tuple[str, str] | None:
    for message in _dicts(value, "messages"):
        kind = _get(message, "type") or "message"
        said = _get(message, "text", "body") or _get(message, kind, "caption") or _get(message, kind, "emoji")
        return kind, f" from {_get(message, 'from') or _get(message, 'from_user_id')}" + _said(said)
    for status in _dicts(value, "statuses"):
        return f"status {_get(status, 'status')}", f" to {_get(status, 'recipient_id')}"
    return None


def _template(value: dict[str, Any]) -> tuple[str, str] | None:
    name = _get(value, "message_template_name")
    return (f"template {_get(value, 'event').lower()}", f": {name}") if name else None


_BY_FIELD: dict[tuple[str, str], Callable[[dict[str, Any]], tuple[str, str] | None]] = {
    ("", "leadgen"): _leadgen,
    ("", "conversations"): _conversation,
    ("instagram", "comments"): _instagram_comment,
    ("instagram", "live_comments"): _instagram_comment,
    ("instagram", "mentions"): _instagram_mention,
    ("whatsapp_business_account", "messages"): _whatsapp_messages,
    ("", "message_template_status_update"): _template,
}


def _messaging(event: dict[str, Any]) -> tuple[str, str]:
    sender, recipient = _get(event, "sender", "id"), _get(event, "recipient", "id")
    if isinstance(message := event.get("message"), dict):
        said = _get(message, "text") or ", ".join(f"[{_get(part, 'type')}]" for part in _dicts(message, "attachments"))
        if message.get("is_deleted"):
            return "message deleted", _by(sender)
        if message.get("is_echo"):
            return "message echo", f" to {recipient}{_said(said)}"
        return "message", f" from {sender}{_said(said)}"
    if isinstance(read := event.get("read"), dict):
        return "read", _by(sender) + (f" up to {_get(read, 'watermark')}" if read.get("watermark") else "")
    if isinstance(delivery := event.get("delivery"), dict):
        return "delivered", f" to {sender} up to {_get(delivery, 'watermark')}"
    if isinstance(reaction := event.get("reaction"), dict):
        return _get(reaction, "action") or "reaction", f" {_get(reaction, 'emoji')}{_by(sender)}"
    if isinstance(postback := event.get("postback"), dict):
        return "postback", _by(sender) + _said(_get(postback, "title") or _get(postback, "payload"))
    if isinstance(edit := event.get("message_edit"), dict):
        return "message edit", _by(sender) + _said(_get(edit, "text"))
    key = next((key for key in event if key not in ("sender", "recipient", "timestamp")), "messaging")
    return key.replace("_", " "), _by(sender)


def _pairs(event: Event, value: dict[str, Any]) -> tuple[str, str]:
    verb = event.verb or _get(value, "verb") or _get(value, "event")
    action = " ".join(part for part in (event.field.replace("_", " "), verb.lower()) if part)
    shown = [
        f"{key} {_scalar(inner)}" for key, inner in value.items() if _scalar(inner) and key not in ("verb", "event")
    ]
    return action, f": {', '.join(shown[:_SHOWN_PAIRS])}" if shown else ""


def _get(value: Any, *path: str) -> str:
    """The text or number at a path of keys; an empty text when there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else ""


def _dicts(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    inner = value.get(key)
    return [item for item in inner if isinstance(item, dict)] if isinstance(inner, list) else []


def _by(author: str) -> str:
    return f" by {author}" if author else ""


def _said(text: str) -> str:
    return f": {text}" if text else ""


def _one_line(text: str) -> str:
    line = " ".join(text[: _LONGEST * 4].split())
    # A lone surrogate is legal in JSON's escapes and in no encoding; it would break the first file it is written to.
    line = line.encode("utf-8", "replace").decode()
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
