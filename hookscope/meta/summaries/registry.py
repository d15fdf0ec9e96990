"""The summaries of all families, by object and field: the one table for lines on the screen, on stdout and in JSON."""

from hookscope.meta.summaries import instagram, pages, whatsapp_account
from hookscope.meta.summaries.family import ANY, Describe, Family

SUMMARIES: Family = {
    **pages.FAMILY,
    **instagram.FAMILY,
    **whatsapp_account.FAMILY,
}
"""A new family is a module in this package and a line here."""


def find(topic: str, field: str) -> Describe | None:
    """Return the function for a field of an object: its own, that for all fields of the object, or of any object's."""
    found = SUMMARIES.get((topic, field)) or SUMMARIES.get((topic, ANY))
    return found or SUMMARIES.get((ANY, field))
