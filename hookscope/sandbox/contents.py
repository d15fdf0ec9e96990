"""The nodes that notifications refer to, made up from each notification that the sandbox sent.

Sources: Meta's references of Conversation, Comment, Post, Lead, Leadgen Form, Message, and of Instagram's and
WhatsApp's media (read 2026-11-29). A notification from the dashboard's *Test* button names nothing that exists.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from hookscope.meta import notification
from hookscope.meta.json_access import first_text
from hookscope.meta.node_reference import references
from hookscope.meta.notification import Event
from hookscope.sandbox.selection import Node

LEAD = "Lead"
LEAD_FORM = "LeadGenData"
_MOST = 2000


class Content(Struct, frozen=True):
    """Content of an account. `object` and `owner` identify the account."""

    object: str
    owner: str
    node: Node


class Contents:
    """The contents that notifications referred to, by id; the oldest are dropped."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Content] = OrderedDict()

    def note(self, body: bytes) -> None:
        """Remember the contents that a notification refers to."""
        for event in notification.parse(body).events:
            for reference in references(event):
                self._add(event, _BUILDERS[reference.kind](reference.node, event))
                form = first_text(event.value, "form_id")
                if reference.kind == "lead" and form:
                    self._add(event, _lead_form(form, event))
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    def _add(self, event: Event, node: Node) -> None:
        known = str(node.values["id"])
        self._known[known] = Content(event.object, event.entry_id or "", node)
        self._known.move_to_end(known)

    def find(self, node: str) -> Content | None:
        """Return the content with that id."""
        return self._known.get(node)


def _node(kind: str, values: Mapping[str, Any], default: tuple[str, ...], **edges: Callable[[], list[Node]]) -> Node:
    return Node(
        kind=kind, values={name: value for name, value in values.items() if value}, default=default, edges=edges
    )


def _person(event: Event) -> dict[str, Any]:
    value = event.value
    author = value.get("from") or value.get("sender") or {}
    return {"id": "1", "name": "Sandbox Person", **(author if isinstance(author, dict) else {})}


def _written(event: Event) -> str:
    message = event.value.get("message")
    found = first_text(message if isinstance(message, dict) else event.value, "text", "message")
    return found or "Hello from the sandbox"


def _comment(node: str, event: Event) -> Node:
    values = {"id": node, "message": _written(event), "from": _person(event), "created_time": _TIME}
    return _node("Comment", values, ("created_time", "from", "message", "id"))


def _post(node: str, event: Event) -> Node:
    values = {
        "id": node,
        "message": _written(event),
        "from": _person(event),
        "created_time": _TIME,
        "permalink_url": f"https://www.facebook.com/{node}",
    }
    return _node("Post", values, ("created_time", "message", "id"))


def _medium(kind: str) -> Callable[[str, Event], Node]:
    def build(node: str, event: Event) -> Node:
        values = {"id": node, "created_time": _TIME, "from": _person(event), "link": f"https://www.facebook.com/{node}"}
        return _node(kind, values, ("created_time", "id"))

    return build


def _lead(node: str, event: Event) -> Node:
    answers = [{"name": "full_name", "values": ["Ada Lovelace"]}, {"name": "email", "values": ["ada@example.com"]}]
    values = {
        "id": node,
        "created_time": _TIME,
        "ad_id": first_text(event.value, "ad_id"),
        "form_id": first_text(event.value, "form_id"),
        "field_data": answers,
    }
    return _node(LEAD, values, ("created_time", "id", "ad_id", "form_id", "field_data"))


def _lead_form(node: str, event: Event) -> Node:
    values = {
        "id": node,
        "name": "Sandbox form",
        "locale": "en_US",
        "status": "ACTIVE",
        "created_time": _TIME,
        "page": {"id": event.entry_id},
        "questions": [
            {"key": "full_name", "label": "Full name", "type": "FULL_NAME", "id": "1"},
            {"key": "email", "label": "Email", "type": "EMAIL", "id": "2"},
        ],
    }
    return _node(LEAD_FORM, values, ("id", "locale", "name", "status"))


def _conversation(node: str, event: Event) -> Node:
    values = {
        "id": node,
        "link": f"/sandbox/inbox/{node}",
        "updated_time": _TIME,
        "message_count": 1,
        "participants": {"data": [_person(event)]},
    }
    return _node("UnifiedThread", values, ("id", "link", "updated_time"), messages=lambda: [_message("m_1", event)])


def _message(node: str, event: Event) -> Node:
    values = {"id": node, "created_time": _TIME, "from": _person(event), "message": _written(event)}
    return _node("Message", values, ("id", "created_time"))


def _instagram_comment(node: str, event: Event) -> Node:
    values = {
        "id": node,
        "text": _written(event),
        "timestamp": _TIME,
        "username": "sandbox.person",
        "media": event.value.get("media"),
    }
    return _node("IGComment", values, ("timestamp", "text", "id"))


def _instagram_media(node: str, _: Event) -> Node:
    values = {"id": node, "media_type": "IMAGE", "timestamp": _TIME, "username": "sandbox.business"}
    return _node("IGMedia", values, ("id",))


def _mention(node: str, event: Event) -> Node:
    mentioned = {"id": first_text(event.value, "comment_id", "media_id"), "timestamp": _TIME}
    values = {"id": node, "mentioned_comment": mentioned, "mentioned_media": mentioned}
    return _node("IGUser", values, ("id",))


def _whatsapp_media(node: str, event: Event) -> Node:
    held = next((one for one in event.item.values() if isinstance(one, dict) and one.get("id") == node), {})
    values = {
        "messaging_product": "whatsapp",
        "url": f"https://lookaside.example/whatsapp_business/attachments/?mid={node}",
        "mime_type": held.get("mime_type", "image/jpeg"),
        "sha256": held.get("sha256"),
        "file_size": 1024,
        "id": node,
    }
    return _node("WhatsAppMedia", values, tuple(values))


def _template(node: str, event: Event) -> Node:
    values = {
        "id": node,
        "name": first_text(event.value, "message_template_name"),
        "language": first_text(event.value, "message_template_language"),
        "status": first_text(event.value, "event") or "APPROVED",
        "category": "UTILITY",
    }
    return _node("WhatsAppMessageTemplate", values, ("name", "status", "id"))


_TIME = "2026-11-20T19:33:28+0000"
_BUILDERS: Mapping[str, Callable[[str, Event], Node]] = {
    "comment": _comment,
    "conversation": _conversation,
    "instagram comment": _instagram_comment,
    "instagram media": _instagram_media,
    "instagram mention": _mention,
    "lead": _lead,
    "live video": _medium("LiveVideo"),
    "message": _message,
    "photo": _medium("Photo"),
    "post": _post,
    "video": _medium("AdVideo"),
    "whatsapp media": _whatsapp_media,
    "whatsapp template": _template,
}
