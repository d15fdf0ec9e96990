"""What is to be done next to put an entry back, as a plain function of what the app has registered now.

Each step leaves the app in a state from which the same function finds the step after it, whoever asks and whenever: a
way back that was cut off anywhere is simply taken up again. The callback flips last, because from then on the
subscription is not ours any more.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.meta.subscription import Subscription


class Action(StrEnum):
    """What is done to the app."""

    REMOVE = "remove"  # DELETE the object's subscription
    TRIM = "trim"  # DELETE the fields that we added
    RESTORE = "restore"  # POST what was displaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An action; `fields` are those to be taken away (TRIM) or to be there again (RESTORE)."""

    action: Action
    fields: tuple[str, ...] = ()


def next_step(entry: LedgerEntry, current: Subscription | None) -> Step | None:
    """The next step of the way back; None when nothing there is ours.

    Without a token the displaced callback would not pass Meta's verification: what we registered goes, and the
    callback with it. Fields that somebody else has added or removed meanwhile are theirs.
    """
    if current is None or not entry.owns(current):
        return None
    in_place = entry.is_former(current)
    if entry.displaced is None or (entry.restore_verify_token is None and not in_place):
        return Step(action=Action.REMOVE)
    if added := added_fields(entry, current):
        return Step(action=Action.TRIM, fields=added)
    return None if in_place else Step(action=Action.RESTORE, fields=entry.displaced.fields)


def added_fields(entry: LedgerEntry, current: Subscription) -> tuple[str, ...]:
    """The fields of `current` that are there because of the entry."""
    before = entry.displaced.fields if entry.displaced else ()
    return tuple(name for name in current.fields if name in entry.fields and name not in before)


def predict(entry: LedgerEntry, current: Subscription | None) -> Subscription | None:
    """What the app will have registered once the entry is put back."""
    while current and (step := next_step(entry, current)):
        match step.action:
            case Action.REMOVE:
                current = None
            case Action.TRIM:
                left = tuple(name for name in current.fields if name not in step.fields)
                current = replace(current, fields=left)
            case Action.RESTORE:
                fields = tuple(dict.fromkeys((*current.fields, *step.fields)))
                current = replace(current, callback_url=entry.former_url, fields=fields, active=True)
    return current
