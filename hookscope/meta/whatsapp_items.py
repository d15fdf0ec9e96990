"""The items of a WhatsApp change: one change may report several messages, statuses, calls, groups and so on.

Sources: Meta's WhatsApp webhook reference (the lists below, `contacts`, `errors`; read August 2026) and its page on
business-scoped user ids (a person may be named in `contacts` only; read April 2026). A call that failed brings its
errors twice, in the item and in `errors`: that is from a public capture (October 2025).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hookscope.meta.json_access import text_at

_LISTS = (
    "messages",
    "message_echoes",
    "statuses",
    "calls",
    "groups",
    "user_preferences",
    "user_id_update",
    "state_sync",
    "history",
    "automatic_events",
    "user_actions",
)
_PERSON_KEYS = (
    "from_user_id",
    "from",
    "recipient_user_id",
    "recipient_id",
    "to_user_id",
    "to",
    "user_id",
    "wa_id",
)


def items(value: Any) -> Iterator[tuple[str | None, Any]]:
    """Yield the name of an item's list, and the change's value as it would be had the item come alone.

    That value holds the item as the only one of its list, and only the item's own entries in `contacts` and `errors`:
    an error that an item has itself is no item. A value without items is yielded whole, with None.
    """
    lists = _item_lists(value) if isinstance(value, dict) else {}
    if not lists:
        yield None, value
        return
    frame = {key: inner for key, inner in value.items() if key not in lists and key != "contacts"}
    contacts = _Contacts(value.get("contacts"))
    errors = _Errors(lists.pop("errors")) if "errors" in lists else None
    for name, found in lists.items():
        for position, item in enumerate(found):
            single = {**frame, **contacts.of(item, position, len(found)), name: [item]}
            yield name, single | errors.of(item) if errors else single
    others = errors.others() if errors else []
    for position, error in enumerate(others):
        yield "errors", {**frame, **contacts.of(error, position, len(others)), "errors": [error]}


def _item_lists(value: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    names = [*_LISTS, "errors"] if "messaging_product" in value else _LISTS
    lists = {name: found for name in names if (found := _objects(value.get(name)))}
    if not lists and "messaging_product" in value and (found := _objects(value.get("contacts"))):
        return {"contacts": found}
    return lists


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class _Errors:
    """The errors alongside the items: those that an item has as well, and others."""

    def __init__(self, errors: Sequence[dict[str, Any]]) -> None:
        self._errors = errors
        self._by_meaning = {meaning: error for error in errors if any(meaning := _meaning(error))}
        self._owned: set[tuple[str, ...]] = set()

    def of(self, item: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
        """Return `{"errors": [ERROR, …]}` for those that an item has as well, or nothing."""
        own = {meaning for error in _objects(item.get("errors")) if (meaning := _meaning(error)) in self._by_meaning}
        self._owned |= own
        return {"errors": [self._by_meaning[meaning] for meaning in sorted(own)]} if own else {}

    def others(self) -> list[dict[str, Any]]:
        """Return the errors that no item has had until now."""
        return [error for error in self._errors if _meaning(error) not in self._owned]


def _meaning(error: Mapping[str, Any]) -> tuple[str, ...]:
    return text_at(error, "code"), text_at(error, "title"), text_at(error, "message")


class _Contacts:
    """The people named alongside the items."""

    def __init__(self, value: Any) -> None:
        self._contacts = _objects(value)
        self._by_id = {
            key: contact
            for contact in self._contacts
            for name in ("wa_id", "user_id")
            if isinstance(key := contact.get(name), str)
        }

    def of(self, item: Mapping[str, Any], position: int, count: int) -> dict[str, list[dict[str, Any]]]:
        """Return `{"contacts": [CONTACT]}` for the person of an item, or nothing.

        WhatsApp may leave an item without a person; then the contact at the same position belongs to it.
        """
        named = [key for name in _PERSON_KEYS if isinstance(key := item.get(name), str)]
        if contact := next((self._by_id[key] for key in named if key in self._by_id), None):
            return {"contacts": [contact]}
        if named or len(self._contacts) not in (1, count):
            return {}
        return {"contacts": [self._contacts[min(position, len(self._contacts) - 1)]]}
