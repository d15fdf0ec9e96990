"""One thing that happened, and the notification that tells of it as Meta writes it.

Sources: Meta's guide "Webhooks: Get started" (envelope, `uid`, `changed_fields`, up to 1000 updates in a POST), the
Messenger events reference (`messaging`, milliseconds), and public captures (dashboard tests; WhatsApp messages come
without `time`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hookscope.meta.notification import Form

_WITH_UID = frozenset(("user", "permissions"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A change, or a messaging event, of the account `owner`.

    `verb` is one that stands beside the field; `has_uid` is for the few changes of a Page whose entry repeats its id.
    """

    object: str
    owner: str
    field: str
    form: Form = Form.CHANGES
    value: Any = None
    verb: str | None = None
    has_uid: bool = False


def notification(updates: Sequence[Update], *, sent_at: datetime, include_values: bool = True) -> dict[str, Any]:
    """The payload of a notification of at least one update, an entry each; all are of one object."""
    entries = [_entry(update, sent_at, include_values) for update in updates]
    return {"object": updates[0].object, "entry": entries}


def dashboard_test(update: Update, *, sent_at: datetime) -> dict[str, Any]:
    """The payload that the App Dashboard's Test button sends: id "0", and messages as a change too."""
    entry: dict[str, Any] = {"id": "0", **_uid(update, "0"), "time": int(sent_at.timestamp())}
    if update.form is Form.CHANGED_FIELDS:
        return {"entry": [{"changed_fields": [update.field], **entry}], "object": update.object}
    value = {"page_id": update.owner} if update.form in (Form.MESSAGING, Form.STANDBY) else update.value
    return {"entry": [{"changes": [_change(update, value)], **entry}], "object": update.object}


def _entry(update: Update, sent_at: datetime, include_values: bool) -> dict[str, Any]:
    seconds = int(sent_at.timestamp())
    if update.form in (Form.MESSAGING, Form.STANDBY):
        return {"id": update.owner, "time": int(sent_at.timestamp() * 1000), str(update.form): [update.value]}
    frame = {"id": update.owner, **_uid(update, update.owner)}
    if (update.object, update.field) != ("whatsapp_business_account", "messages"):
        frame["time"] = seconds
    if update.form is Form.CHANGED_FIELDS or not include_values:
        return {**frame, "changed_fields": [update.field]}
    return {**frame, "changes": [_change(update, update.value)]}


def _change(update: Update, value: Any) -> dict[str, Any]:
    change: dict[str, Any] = {"field": update.field}
    if update.verb:
        change["verb"] = update.verb
    return change if value is None else {**change, "value": value}


def _uid(update: Update, owner: str) -> dict[str, Any]:
    return {"uid": owner} if update.has_uid or update.object in _WITH_UID else {}
