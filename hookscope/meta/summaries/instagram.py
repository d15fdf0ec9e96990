"""Describe changes of an Instagram account: comments and mentions."""

from hookscope.meta.json_access import by_author, quoted, text_at
from hookscope.meta.summaries.family import Described, Family, Value


def _comment(value: Value) -> Described | None:
    return "comment", by_author(text_at(value, "from", "username")) + quoted(text_at(value, "text"))


def _mention(value: Value) -> Described | None:
    where = "comment" if value.get("comment_id") else "caption"
    return "mention", f" in a {where} on media {text_at(value, 'media_id')}"


FAMILY: Family = {
    ("instagram", "comments"): _comment,
    ("instagram", "live_comments"): _comment,
    ("instagram", "mentions"): _mention,
}
