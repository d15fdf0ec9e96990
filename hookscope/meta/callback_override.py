"""The events that a WhatsApp account can send to a callback of its own instead of the app's.

Source: Meta's guide "Webhook overrides" (read 2026-11-29).
"""

from collections.abc import Iterable

_OVERRIDABLE = (
    "messages",
    "message_echoes",
    "calls",
    "consumer_profile",
    "messaging_handovers",
    "standby",
    "history",
    "account_settings_update",
)
_OVERRIDABLE_FAMILIES = ("group_", "smb_")


def is_overridable(name: str) -> bool:
    """Return whether events of that field of a WhatsApp account go to an override."""
    return name in _OVERRIDABLE or name.startswith(_OVERRIDABLE_FAMILIES)


def not_overridable(fields: Iterable[str]) -> tuple[str, ...]:
    """Return the fields whose events always go to the app's own callback."""
    return tuple(name for name in fields if not is_overridable(name))
