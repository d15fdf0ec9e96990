"""The next step of a restore, as a pure function of what the app has registered now.

Each step leaves the app in a state from which the same function finds the following step, whoever asks and whenever: an
interrupted restore simply continues. The callback changes last, because from then on the subscription is no longer
ours.
"""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.meta.subscription import Subscription


class RestoreAction(StrEnum):
    """A change to the app."""

    REMOVE = "remove"  # DELETE the object's subscription
    TRIM = "trim"  # DELETE the fields that we added
    RESTORE = "restore"  # POST what was displaced


class RestoreStep(Struct, frozen=True, kw_only=True):
    """An action; `fields` are those to remove (TRIM) or to have again (RESTORE)."""

    action: RestoreAction
    fields: tuple[str, ...] = ()


def next_step(entry: LedgerEntry, current: Subscription | None) -> RestoreStep | None:
    """Return the next step of the restore, or None when nothing there is ours.

    Without a token the displaced callback would not pass Meta's verification: then our registration is removed, and the
    callback with it. Fields that somebody else has added or removed meanwhile are theirs.
    """
    if current is None or not entry.owns(current):
        return None
    in_place = entry.is_former(current)
    if entry.displaced is None or (entry.restore_verify_token is None and not in_place):
        return RestoreStep(action=RestoreAction.REMOVE)
    if added := added_fields(entry, current):
        return RestoreStep(action=RestoreAction.TRIM, fields=added)
    return None if in_place else RestoreStep(action=RestoreAction.RESTORE, fields=entry.displaced.fields)


def added_fields(entry: LedgerEntry, current: Subscription) -> tuple[str, ...]:
    """Return the fields of `current` that are there because of the entry."""
    before = entry.displaced.fields if entry.displaced else ()
    return tuple(name for name in current.fields if name in entry.fields and name not in before)


def predict(entry: LedgerEntry, current: Subscription | None) -> Subscription | None:
    """Return the registration that the app will have once the entry is put back."""
    while current and (step := next_step(entry, current)):
        match step.action:
            case RestoreAction.REMOVE:
                current = None
            case RestoreAction.TRIM:
                left = tuple(name for name in current.fields if name not in step.fields)
                current = replace(current, fields=left)
            case RestoreAction.RESTORE:
                fields = tuple(dict.fromkeys((*current.fields, *step.fields)))
                current = replace(current, callback_url=entry.former_url, fields=fields, active=True)
    return current
