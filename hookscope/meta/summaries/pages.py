"""Describe changes of a Page: leads, conversations, labels and what Meta holds against it.

What a feed has is described by its item and verb. Sources: the webhooks reference of Pages (business_integrity; read
2026-11-30), and public code that reads labels by another key than Meta's guide has.
"""

from hookscope.meta.json_access import (
    by_sender,
    commas,
    first_text,
    join_words,
    names,
    objects_at,
    quoted,
    text_at,
    to,
    until,
)
from hookscope.meta.summaries.family import ANY, Described, Family, Value


def _leadgen(value: Value) -> Described | None:
    lead, form = text_at(value, "leadgen_id"), text_at(value, "form_id")
    return "lead", (f" {lead}" if lead else "") + (f" from form {form}" if form else "")


def _conversation(value: Value) -> Described | None:
    number = first_text(value, "conversation_id", "thread_id")
    return ("conversation update", f" {number}") if number else None


def _label(value: Value) -> Described | None:
    label = first_text(value.get("label"), "page_label_name", "name")
    action, person = text_at(value, "action"), text_at(value, "user", "id")
    return join_words("label", action), (by_sender if action == "remove" else to)(person) + quoted(label)


def _integrity(value: Value) -> Described | None:
    violations = (text_at(one, "type") for one in objects_at(value, "violations"))
    restrictions = (
        names(text_at(one, "feature"), until(text_at(one, "expiration_time")))
        for one in objects_at(value, "restrictions")
    )
    appeals = (join_words(text_at(one, "type"), text_at(one, "status")) for one in objects_at(value, "action_events"))
    status, detail = text_at(value, "status"), commas(*violations, *restrictions, *appeals)
    return (join_words("business integrity", status), quoted(detail)) if status or detail else None


FAMILY: Family = {
    (ANY, "leadgen"): _leadgen,
    (ANY, "leadgen_fat"): _leadgen,
    (ANY, "conversations"): _conversation,
    ("page", "inbox_labels"): _label,
    ("page", "business_integrity"): _integrity,
}
