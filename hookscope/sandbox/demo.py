"""The fields that a demo shows first.

A module of its own, since a run asks for them before it opens its screen: the scenario would load the HTTP client.
"""

from collections.abc import Iterable

from hookscope.meta.catalog import WHATSAPP

DEMO_FIELDS: dict[str, tuple[str, ...]] = {
    "page": ("feed", "messages", "leadgen"),
    "instagram": ("comments", "messages", "mentions"),
    WHATSAPP: ("messages", "message_template_status_update"),
    "user": ("photos", "email", "likes"),
    "permissions": ("connected",),
}
"""The fields that show most, and come first in the scenario."""


def demo_order(topic: str, names: Iterable[str]) -> list[str]:
    """Return the names, with the most telling ones first."""
    given = list(names)
    first = [name for name in DEMO_FIELDS.get(topic, ()) if name in given]
    return [*first, *(name for name in given if name not in first)]
