"""Updates, and the notifications that report them, as Meta writes them.

Sources: Meta's guide "Webhooks: Get started" (envelope, `uid`, `changed_fields`, up to 1000 updates in a POST), the
Messenger events reference (`messaging`, milliseconds; `calls`, seconds), public captures (dashboard tests; WhatsApp
messages come without `time`), and WhatsApp's references of history and smb_app_state_sync (without it too; read
2026-11-30). Threads has an envelope of its own: "Webhooks for Threads" (updated Jun 30, 2026, read 2026-11-29), and a
capture of Sep 2026.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.notification import EntryForm

_WITH_UID = frozenset(("user", "permissions"))
_WITHOUT_TIME = frozenset(("messages", "history", "smb_app_state_sync"))
"""Fields of WhatsApp whose items have times of their own, in place of the entry's."""


class Update(Struct, frozen=True, kw_only=True):
    """A change, or a messaging event, of the account `owner`.

    `verb` is one that stands beside the field; `has_uid` is for the few changes of a Page whose entry repeats its id.
    `envelope` is what Threads sends in place of `object` and `entry`, but for the values, the account and the time.
    """

    object: str
    owner: str
    field: str
    form: EntryForm = EntryForm.CHANGES
    value: Any = None
    verb: str | None = None
    has_uid: bool = False
    envelope: Mapping[str, Any] | None = None


def notification(updates: Sequence[Update], *, sent_at: datetime, include_values: bool = True) -> dict[str, Any]:
    """Return the payload of a notification of at least one update, an entry each; all updates belong to one object."""
    if updates[0].envelope is not None:
        return _flat(updates, updates[0].owner, sent_at, include_values)
    entries = [_entry(update, sent_at, include_values) for update in updates]
    return {"object": updates[0].object, "entry": entries}


def dashboard_test(update: Update, *, sent_at: datetime) -> dict[str, Any]:
    """Return the payload that the App Dashboard's Test button sends: id "0", and messages as a change too."""
    if update.envelope is not None:
        return _flat([update], "0", sent_at, include_values=True)
    entry: dict[str, Any] = {"id": "0", **_uid(update, "0"), "time": int(sent_at.timestamp())}
    if update.form is EntryForm.CHANGED_FIELDS:
        return {"entry": [{"changed_fields": [update.field], **entry}], "object": update.object}
    value = {"page_id": update.owner} if update.form in (EntryForm.MESSAGING, EntryForm.STANDBY) else update.value
    return {"entry": [{"changes": [_change(update, value)], **entry}], "object": update.object}


def _flat(updates: Sequence[Update], owner: str, sent_at: datetime, include_values: bool) -> dict[str, Any]:
    """Return the payload as Threads sends it.

    Meta's page has a single update as an object. A public capture has a list of one, as has an envelope whose `values`
    is a list; several updates become one too.
    """
    values = [_change(update, update.value if include_values else None) for update in updates]
    frame = {"target_id": owner, "time": int(sent_at.timestamp())}
    envelope = updates[0].envelope or {}
    is_list = len(values) > 1 or "values" in envelope
    return {**envelope, **frame, "values": values if is_list else values[0]}


def _entry(update: Update, sent_at: datetime, include_values: bool) -> dict[str, Any]:
    seconds = int(sent_at.timestamp())
    if update.form in (EntryForm.MESSAGING, EntryForm.STANDBY):
        return {"id": update.owner, "time": int(sent_at.timestamp() * 1000), str(update.form): [update.value]}
    if update.form is EntryForm.CALLS:
        return {"id": update.owner, "time": seconds, str(update.form): [update.value]}
    frame = {"id": update.owner, **_uid(update, update.owner)}
    if update.object != WHATSAPP or update.field not in _WITHOUT_TIME:
        frame["time"] = seconds
    if update.form is EntryForm.CHANGED_FIELDS or not include_values:
        return {**frame, "changed_fields": [update.field]}
    return {**frame, "changes": [_change(update, update.value)]}


def _change(update: Update, value: Any) -> dict[str, Any]:
    change: dict[str, Any] = {"field": update.field}
    if update.verb:
        change["verb"] = update.verb
    return change if value is None else {**change, "value": value}


def _uid(update: Update, owner: str) -> dict[str, Any]:
    return {"uid": owner} if update.has_uid or update.object in _WITH_UID else {}
