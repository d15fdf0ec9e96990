"""The plan of a run: its changes on an app, worked out before any is made, as `--dry-run` shows it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

from hookscope.errors import UsageError
from hookscope.graph.installations.plan import PlannedInstallation
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.meta import catalog
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscription import Subscription
from hookscope.model.timestamps import now
from hookscope.secret_sources import Secret
from hookscope.settings import App, LeaseSettings, Topic


class PlannedAction(StrEnum):
    """The change to an object's subscription."""

    CREATE = "create"  # nothing is registered
    REPLACE = "replace"  # somebody else's callback is replaced
    EXTEND = "extend"  # this very callback is registered; it is verified again and gets the missing fields
    CONTINUE = "continue"  # this very callback is registered with all its fields, and is left as it is


class PlannedChange(Struct, frozen=True, kw_only=True):
    """The change of one object. `fields` are asked for, `displaced` is what is registered now.

    `restore_verify_token` has been proven to make the displaced callback pass a handshake. `continued` is the entry of
    an earlier process that goes on with this one; `inherited` says that its registration is there for good.
    """

    change: PlannedAction
    object: str
    callback_url: str
    fields: tuple[str, ...]
    displaced: Subscription | None = None
    restore_verify_token: Secret | None = None
    continued: LedgerEntry | None = None
    inherited: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON values, without the token; `restorable` tells whether it can be undone."""
        return {
            "change": self.change,
            "object": self.object,
            "callback_url": self.callback_url,
            "fields": list(self.fields),
            "displaced": self.displaced and self.displaced.to_json(),
            "restorable": self.change is not PlannedAction.REPLACE or self.restore_verify_token is not None,
        }

    def __str__(self) -> str:
        line = f"{self.change} {self.object}: {list_fields(self.fields)} → {self.callback_url}"
        if self.displaced and self.change is PlannedAction.REPLACE:
            end = "put back at the end" if self.restore_verify_token else "NOT put back at the end"
            line += f" (in place of {self.displaced.callback_url} with {list_fields(self.displaced.fields)}; {end})"
        return line


class Plan(Struct, frozen=True, kw_only=True):
    """All changes of a run, none of them made yet. `healing` are the entries of earlier runs that are put back first.

    `changes` are those on the app, `installations` those on Pages and WhatsApp accounts.
    """

    changes: tuple[PlannedChange, ...]
    healing: tuple[LedgerEntry, ...] = ()
    installations: tuple[PlannedInstallation, ...] = ()

    def lines(self) -> list[str]:
        """Return the plan in words, a line for each change."""
        healing = [f"put back {entry.object}, left by an earlier run" for entry in self.healing]
        return [*healing, *map(str, self.changes), *map(str, self.installations)]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the plan as JSON values, one for each of its lines."""
        healing = [{"change": "put_back", "object": entry.object} for entry in self.healing]
        return [*healing, *(one.to_json() for one in self.changes), *(one.to_json() for one in self.installations)]


def new_entry(change: PlannedChange, app: App, settings: LeaseSettings, *, holder: str) -> LedgerEntry:
    """Return the ledger's entry for a change that is to be made. One of our own callbacks is not put back."""
    displaced, token, at = change.displaced, change.restore_verify_token, now()
    if displaced and settings.has_standing(displaced.callback_url):
        displaced = token = None
    return LedgerEntry(
        graph_url=app.graph_url,
        graph_version=app.graph_version,
        app_id=app.app_id,
        object=change.object,
        callback_urls=(change.callback_url,),
        fields=change.fields,
        displaced=displaced,
        restore_verify_token=token,
        restore_include_values=settings.restore_include_values,
        holder=holder,
        is_relays=settings.standing is not None,
        opened_at=at,
        updated_at=at,
    )


def choose_fields(topic: Topic, found: Subscription | None) -> tuple[str, ...]:
    """Return the fields to ask for: the given ones, else the app's own for the object, else the usual ones.

    Raises UsageError when there are none.
    """
    fields = topic.fields or (found.fields if found else ()) or catalog.DEFAULT_FIELDS.get(topic.object, ())
    if not fields:
        known = sorted(catalog.FIELDS.get(topic.object, ()))
        raise UsageError(
            f"the app has no fields for {topic.object}, and none were given",
            done="nothing was changed",
            hint=f"name them with --fields{f', for example --fields {topic.object}:{known[0]}' if known else ''}",
        )
    return fields


def question_names(topics: Sequence[Topic]) -> list[tuple[str, str | None]]:
    """Return doubts about objects and fields, each with a hint or None. None of them is an error: Meta adds names."""
    doubts: list[tuple[str, str | None]] = []
    for topic in topics:
        if topic.object not in catalog.OBJECTS:
            meant = catalog.nearest(topic.object, catalog.OBJECTS)
            doubts.append((f"{topic.object!r} is not a known object", f"did you mean {meant!r}?" if meant else None))
        if topic.object in catalog.DASHBOARD_ONLY:
            doubts.append(
                (
                    f"Meta's reference calls {topic.object} unsupported on this edge, though it works in practice",
                    "if nothing arrives, set the callback in the App Dashboard",
                )
            )
        doubts += [(line, None) for line in catalog.question_fields(topic.object, topic.fields or ())]
    return doubts
