"""The nodes of the Graph API that an event refers to: a notification brings ids, rarely the object itself.

Sources: Meta's webhooks reference for Pages, Instagram, and WhatsApp, its references of Conversation, Comment, Post,
Lead, and Message, and its guide "Mentions" of the Instagram Platform (read 2026-11-29); "Real Time Updates for Page
Conversations" (2014-12-11) for `conversation_id`.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.json_access import text_at
from hookscope.meta.notification import EntryForm, Event

_FIELDS = {
    "comment": "id,message,from,created_time,permalink_url,parent{id},attachment,is_hidden",
    "conversation": "id,link,updated_time,message_count,unread_count,participants,"
    "messages.limit(25){id,created_time,from,to,message}",
    "instagram comment": "id,text,timestamp,username,like_count,media{id}",
    "instagram media": "id,caption,media_type,permalink,timestamp,username",
    "lead": "id,created_time,ad_id,ad_name,form_id,field_data,is_organic,platform",
    "live video": "id,title,status,permalink_url,creation_time",
    "message": "id,created_time,from,to,message,attachments",
    "photo": "id,name,link,created_time,from",
    "post": "id,message,from,created_time,permalink_url,attachments,is_published",
    "video": "id,title,description,permalink_url,created_time,from",
    "whatsapp media": "",
    "whatsapp template": "id,name,status,category,language,components,rejected_reason",
}
"""The fields to read from nodes of each kind; the default fields when empty."""

_Paths = tuple[tuple[str, ...], ...]

_PLACES: Mapping[tuple[str, str], tuple[tuple[str, _Paths], ...]] = {
    ("page", "conversations"): (("conversation", (("thread_id",), ("conversation_id",))),),
    ("page", "mention"): (("comment", (("comment_id",),)), ("post", (("post_id",),))),
    ("page", "ratings"): (("comment", (("comment_id",),)), ("post", (("open_graph_story_id",),))),
    ("page", "leadgen"): (("lead", (("leadgen_id",),)),),
    ("page", "leadgen_update"): (("lead", (("leadgen_id",),)),),
    ("page", "leadgen_fat"): (("lead", (("leadgen_id",),)),),
    ("page", "live_videos"): (("live video", (("id",),)),),
    ("page", "videos"): (("video", (("id",), ("video_id",))),),
    ("instagram", "comments"): (("instagram comment", (("id",),)), ("instagram media", (("media", "id"),))),
    ("instagram", "live_comments"): (("instagram comment", (("id",),)), ("instagram media", (("media", "id"),))),
    ("instagram", "story_insights"): (("instagram media", (("media_id",),)),),
    (WHATSAPP, "message_template_status_update"): (("whatsapp template", (("message_template_id",),)),),
    (WHATSAPP, "message_template_quality_update"): (("whatsapp template", (("message_template_id",),)),),
}
"""Object and field → the kinds of nodes, each with the possible paths of its id; the first that exists counts."""

_FEED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "album": (("post", "post_id"),),
    "comment": (("comment", "comment_id"), ("post", "post_id")),
    "like": (("comment", "comment_id"), ("post", "post_id")),
    "photo": (("photo", "photo_id"), ("post", "post_id")),
    "reaction": (("comment", "comment_id"), ("post", "post_id")),
    "video": (("video", "video_id"), ("post", "post_id")),
}
_OTHER_ITEM = (("post", "post_id"),)
_MESSAGING = ("message", "message_edit", "reaction", "postback", "read")
_MEDIA = ("image", "audio", "video", "document", "sticker")
_GONE = ("remove", "delete", "removed", "deleted")
_ABOUT_ANOTHER = ("like", "reaction")


class NodeReference(Struct, frozen=True):
    """A node to read: its kind in words, its id, and the `fields` to ask for, empty for its default ones."""

    kind: str
    node: str
    fields: str


def references(event: Event) -> tuple[NodeReference, ...]:
    """Return the nodes that an event refers to, its own object first; none when there is nothing to read."""
    if not isinstance(event.value, dict):
        return ()
    if event.form in (EntryForm.MESSAGING, EntryForm.STANDBY):
        return _named("message", next(filter(None, (text_at(event.value, key, "mid") for key in _MESSAGING)), ""))
    if event.object == "page" and event.field == "feed":
        return _feed(event.value)
    if event.object == "instagram" and event.field == "mentions":
        return _mention(event)
    if event.part == "messages":
        return tuple(one for name in _MEDIA for one in _named("whatsapp media", text_at(event.item, name, "id")))
    return tuple(
        one
        for kind, paths in _PLACES.get((event.object, event.field), ())
        for one in _named(kind, next(filter(None, (text_at(event.value, *path) for path in paths)), ""))
    )


def explain_none(event: Event) -> str:
    """Return the reason why there is nothing to read for an event."""
    if event.form is EntryForm.CHANGED_FIELDS:
        return "it brings names of changed fields only (--include-values brings ids)"
    if isinstance(event.value, dict) and event.value.get("verb") in _GONE:
        return "the object that it reports on was removed"
    return f"{event.object}.{event.field} names nothing that can be read with a Page's or a user's token"


def _feed(value: Mapping[str, Any]) -> tuple[NodeReference, ...]:
    item = str(value.get("item"))
    places = _FEED.get(item, _OTHER_ITEM)
    if value.get("verb") in _GONE and item not in _ABOUT_ANOTHER:
        places = places[1:]  # The object itself is gone; the post above it may still exist.
    return tuple(one for kind, key in places for one in _named(kind, text_at(value, key)))


def _mention(event: Event) -> tuple[NodeReference, ...]:
    """Return the reads of a mention, which go through the account that was mentioned."""
    account = event.entry_id or ""
    found = []
    if comment := text_at(event.value, "comment_id"):
        asked = f"mentioned_comment.comment_id({comment}){{id,text,timestamp,username,media{{id}}}}"
        found.append(NodeReference("instagram mention", account, asked))
    elif media := text_at(event.value, "media_id"):
        asked = f"mentioned_media.media_id({media}){{id,caption,media_type,permalink,timestamp,username}}"
        found.append(NodeReference("instagram mention", account, asked))
    return tuple(found)


def _named(kind: str, node: str) -> tuple[NodeReference, ...]:
    return (NodeReference(kind, node, _FIELDS[kind]),) if node else ()
