"""The parts of a payload that name or date the event itself, and would differ had it happened again."""

from collections.abc import Mapping
from typing import Any

TIMES = frozenset(("time", "timestamp", "created_time", "watermark"))
"""Keys of times, in seconds or milliseconds."""

_OWN_IDS = frozenset(("mid", "comment_id", "leadgen_id", "share_id", "open_graph_story_id"))
"""Keys whose id names the event itself. Those of what it is about, a post or a person, stay."""

_OWN_ID_BY_ITEM = {"post": "post_id", "status": "post_id", "photo": "photo_id", "video": "video_id"}
_EVENT_LISTS = frozenset(("messages", "statuses", "message_echoes", "calls", "automatic_events"))
"""WhatsApp's lists, whose members have an `id` of their own."""


def own_ids(value: Mapping[str, Any], name: str = "") -> frozenset[str]:
    """Return the keys of a payload's object that hold an id of the event; `name` is the key of it or its list."""
    ids = _OWN_IDS | {_OWN_ID_BY_ITEM.get(str(value.get("item")), "mid")}
    # What somebody wrote: a comment of Instagram's or of a plugin's, or a thread.
    is_written = ("from" in value or "username" in value) and ("text" in value or "message" in value)
    return ids | {"id"} if is_written or name in _EVENT_LISTS else ids
