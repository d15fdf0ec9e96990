"""The people who caused an event, by the ids that it gives them."""

from collections.abc import Iterator, Mapping
from typing import Any

from hookscope.meta.notification import Event

_KEYS = frozenset(
    ("sender", "from", "user_id", "sender_id", "from_user_id", "from_parent_user_id", "reviewer_id"),
)
_RECIPIENT_KEYS = ("to", "to_user_id", "recipient_id", "recipient_user_id")
_CONTACT_KEYS = ("wa_id", "user_id", "parent_user_id")


def senders(event: Event) -> set[str]:
    """Return the ids of the people who caused it; for Threads, which gives none, the name of the account."""
    if not event.part:
        found = set(named_senders(event.value))
        return found | _texts(event.item, ("username",)) if event.object == "threads" else found
    others = {key: inner for key, inner in event.value.items() if key != "contacts"}
    return set(named_senders(others)) | _texts(event.item, ("wa_id",)) | _renamed(event) | _contact(event)


def named_senders(value: Any) -> Iterator[str]:
    """Yield every id in a JSON value that names a sender: `sender.id`, `from.id`, `from`, `user_id`, at any depth.

    Whoever writes in Messenger's chat plugin without being known has a `sender.user_ref` instead.
    """
    waiting = [value]
    while waiting:
        match waiting.pop():
            case list() as items:
                waiting += items
            case dict() as pairs:
                waiting += pairs.values()
                for key in _KEYS & pairs.keys():
                    inner = pairs[key]
                    who = inner.get("id", inner.get("user_ref")) if isinstance(inner, dict) else inner
                    if isinstance(who, str | int):
                        yield str(who)


def _contact(event: Event) -> set[str]:
    """Return the ids of a WhatsApp item's contact, unless that is the recipient of the message or call."""
    contacts = event.value.get("contacts") or [{}]
    found = _texts(contacts[0], _CONTACT_KEYS)
    reached = event.part == "statuses" or found & _texts(event.item, _RECIPIENT_KEYS)
    return set() if reached else found


def _renamed(event: Event) -> set[str]:
    """Return the ids of people who got a new id: `user_id_update` has old and new under `user_id`."""
    both = event.item.get("user_id")
    return _texts(both, ("previous", "current")) if isinstance(both, dict) else set()


def _texts(value: Mapping[str, Any], keys: tuple[str, ...]) -> set[str]:
    return {found for key in keys if isinstance(found := value.get(key), str)}
