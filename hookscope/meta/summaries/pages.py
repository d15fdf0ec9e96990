"""Describe changes of a Page: leads, conversations and labels. What a feed has is described by its item and verb."""

from hookscope.meta.json_access import first_text, join_words, quoted, text_at
from hookscope.meta.summaries.family import ANY, Described, Family, Value


def _leadgen(value: Value) -> Described | None:
    lead, form = text_at(value, "leadgen_id"), text_at(value, "form_id")
    return "lead", (f" {lead}" if lead else "") + (f" from form {form}" if form else "")


def _conversation(value: Value) -> Described | None:
    number = first_text(value, "conversation_id", "thread_id")
    return ("conversation update", f" {number}") if number else None


def _label(value: Value) -> Described | None:
    return join_words("label", text_at(value, "action")), quoted(text_at(value, "label", "page_label_name"))


FAMILY: Family = {
    (ANY, "leadgen"): _leadgen,
    (ANY, "leadgen_fat"): _leadgen,
    (ANY, "conversations"): _conversation,
    ("page", "inbox_labels"): _label,
}
