"""Describe changes of an Instagram account: comments and mentions."""

from hookscope.meta.json_access import by_author, first_text, quoted, text_at
from hookscope.meta.summaries.family import Described, Family, Value


def _comment(value: Value) -> Described | None:
    author = first_text(value.get("from"), "username", "name", "id")
    return "comment", by_author(author) + quoted(text_at(value, "text"))


def _mention(value: Value) -> Described | None:
    where = "comment" if value.get("comment_id") else "caption"
    media = text_at(value, "media_id")
    return "mention", f" in a {where}" + (f" on media {media}" if media else "")


FAMILY: Family = {
    ("instagram", "comments"): _comment,
    ("instagram", "live_comments"): _comment,
    ("instagram", "mentions"): _mention,
}
