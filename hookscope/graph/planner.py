"""The planner: puts back what earlier runs left, looks at the app, and refuses what must not be touched."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from msgspec.structs import replace

from hookscope.errors import ForeignCallbackError
from hookscope.graph.callback_prover import CallbackProver, Probe
from hookscope.graph.edge import Edge, Wait, find_subscription
from hookscope.graph.holders import doubt_before_start, is_held_by_other
from hookscope.graph.installations.override_fields import can_override
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.plan import Plan, PlannedAction, PlannedChange, choose_fields, question_names
from hookscope.graph.restore import restore
from hookscope.graph.restore_steps import predict
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.subscription import Subscription, same_callback
from hookscope.model.run_events import Level, Notice, RunEvent
from hookscope.secret_sources import Secret
from hookscope.settings import LeaseSettings, Topic


class Planner:
    """Works out plans for one run. Its arguments are those of the lease."""

    def __init__(
        self,
        client: Edge,
        ledger: Ledger,
        settings: LeaseSettings,
        topics: Sequence[Topic],
        *,
        holder: str,
        publish: Callable[[RunEvent], None],
        probe: Probe,
        is_live: Callable[[str], bool],
        wait: Wait,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._settings = settings
        self._topics = topics
        self._holder = holder
        self._publish = publish
        self._prover = CallbackProver(settings, probe, publish)
        self._is_live = is_live
        self._wait = wait

    async def plan(self, callback_url: str) -> Plan:
        """See `Lease.plan`."""
        for message, hint in question_names(self._topics):
            self._warn(message, hint)
        held, left = self._earlier()
        continued = await self._continued(left)
        left = [entry for entry in left if entry.object not in continued]
        if not self._settings.dry_run:
            await self._heal(left)
        found = {current.object: current for current in await self._client.subscriptions()}
        if self._settings.dry_run:
            found = _after_healing(found, left)
        ours = (callback_url, *(self._settings.standing or ()), *_urls(continued.values()))
        self._refuse_foreign(ours, found, held, continued)
        for topic in self._topics:
            choose_fields(topic, found.get(topic.object))  # A missing choice is reported before a proof is asked for.
        proven = await self._prove(ours, found)
        changes = [
            self._change(topic, callback_url, found.get(topic.object), proven, continued.get(topic.object))
            for topic in self._topics
        ]
        for change in changes:
            self._mention_limits(change)
        return Plan(changes=tuple(changes), healing=tuple(left))

    def _earlier(self) -> tuple[dict[str, LedgerEntry], list[LedgerEntry]]:
        """Return the open entries of this app: those of live runs by object, and those to put back."""
        app = self._client.app
        entries = self._ledger.open_entries(graph_url=app.graph_url, app_id=app.app_id)
        held = {entry.object: entry for entry in entries if self._is_held(entry)}
        asked = {topic.object for topic in self._topics}
        left = [entry for entry in entries if entry.object not in held and (not entry.stays or entry.object in asked)]
        return held, left

    async def _continued(self, left: Sequence[LedgerEntry]) -> dict[str, LedgerEntry]:
        """Return the entries that this process continues, by object; a run continues none.

        Objects that somebody else has taken meanwhile are left out. A relay on another machine is not somebody else:
        its callback becomes one of the entry's, so that what was displaced first can still be put back.
        """
        if self._settings.standing is None or not left:
            return {}
        asked = {topic.object for topic in self._topics}
        found = {current.object: current for current in await self._client.subscriptions()}
        continued: dict[str, LedgerEntry] = {}
        for entry in [one for one in left if one.object in asked]:
            current = found.get(entry.object)
            if current is None or entry.owns(current):
                continued[entry.object] = entry
            elif self._is_standing(current):
                continued[entry.object] = entry.adopting((current.callback_url,))
        return continued

    def _is_held(self, entry: LedgerEntry) -> bool:
        return is_held_by_other(entry, holder=self._holder, settings=self._settings, is_live=self._is_live)

    async def _heal(self, left: Iterable[LedgerEntry]) -> None:
        for entry in left:
            doubt = doubt_before_start(entry, self._settings)
            outcome = await restore(entry, self._client, self._ledger, doubt=doubt, wait=self._wait)
            if outcome.ending is None:
                raise outcome.as_refusal(f"{entry.object} of app {entry.app_id}, which an earlier run left registered,")
            reason = f"left by an earlier run: {outcome.reason}"
            self._publish(entry.ended(outcome.ending, reason, callback_url=outcome.callback_url))

    def _refuse_foreign(
        self,
        ours: Sequence[str],
        found: Mapping[str, Subscription],
        held: Mapping[str, LedgerEntry],
        continued: Container[str],
    ) -> None:
        app_id = self._client.app.app_id
        taken = [topic.object for topic in self._topics if topic.object in held]
        if taken:
            raise ForeignCallbackError(
                f"another run of yours holds {', '.join(taken)} of app {app_id}: {held[taken[0]].callback_urls[-1]}",
                done="nothing was changed",
                hint="watch it with `hookscope attach`, or stop it first; --takeover does not replace your own run",
            )
        displaced = self._displaced(ours, found)
        # An entry that is continued leads back to what was there before it, and has no place for another.
        foreign = [current for current in displaced if not self._settings.takeover or current.object in continued]
        if foreign:
            first = foreign[0]
            shown = "; ".join(f"{one.object} points to {one.callback_url or 'no address'}" for one in foreign)
            host = urlsplit(first.callback_url).hostname or "its host"
            spared = f"; or {override}" if (override := self._override_instead(foreign)) else ""
            raise ForeignCallbackError(
                f"somebody else's callback is registered on app {app_id}: {shown}",
                done="nothing was changed",
                hint=f"use a test app (App Dashboard > Create test app){spared}; or, if {host} may go without events "
                "for a while, --takeover with --restore-verify-token, and it is put back at the end; or, if nobody "
                f"needs it, remove it: hookscope subscriptions remove --app-id {app_id} --object {first.object}",
            )

    def _override_instead(self, foreign: Sequence[Subscription]) -> str | None:
        """Return the way to receive without replacing any of these callbacks, if there is one."""
        topics = {topic.object: topic for topic in self._topics}
        if any(one.object != WHATSAPP or not can_override(topics[WHATSAPP], one) for one in foreign):
            return None
        return "add --scope waba:ID or --scope phone:ID: only that account's events come here, and the callback stays"

    async def _prove(self, ours: Sequence[str], found: Mapping[str, Subscription]) -> Mapping[str, Secret]:
        """Return the restore token for each displaced callback that passes a handshake with it."""
        urls = dict.fromkeys(current.callback_url for current in self._displaced(ours, found))
        proven = {url: await self._prover.prove(url) for url in urls}
        return {url: token for url, token in proven.items() if token}

    def _displaced(self, ours: Sequence[str], found: Mapping[str, Subscription]) -> list[Subscription]:
        """Return the subscriptions of others that would be replaced."""
        present = (found.get(topic.object) for topic in self._topics)
        return [one for one in present if one and not any(same_callback(one.callback_url, url) for url in ours)]

    def _change(
        self,
        topic: Topic,
        callback_url: str,
        current: Subscription | None,
        proven: Mapping[str, Secret],
        continued: LedgerEntry | None,
    ) -> PlannedChange:
        change, token = PlannedAction.CREATE, None
        if current and same_callback(current.callback_url, callback_url):
            # Our own receiver answers there, now and in the end.
            change, token = PlannedAction.EXTEND, Secret(self._settings.verify_token)
            is_whole = current.active and {*choose_fields(topic, current)} <= {*current.fields}
            if self._settings.standing is not None and is_whole:
                change = PlannedAction.CONTINUE
        elif current:
            change, token = PlannedAction.REPLACE, proven.get(current.callback_url)
        return PlannedChange(
            change=change,
            object=topic.object,
            callback_url=callback_url,
            fields=choose_fields(topic, current),
            displaced=current,
            restore_verify_token=token,
            continued=continued,
            inherited=continued is not None and (continued.kept or self._is_standing(current)),
        )

    def _is_standing(self, current: Subscription | None) -> bool:
        """Return whether a relay registered this; one that was killed could not note that it is kept."""
        return current is not None and self._settings.has_standing(current.callback_url)

    def _mention_limits(self, change: PlannedChange) -> None:
        if (
            change.change is not PlannedAction.REPLACE
            or change.restore_verify_token is None
            or change.displaced is None
        ):
            return
        values = "with" if self._settings.restore_include_values else "without"
        self._publish(
            Notice(
                level=Level.INFO,
                message="the Graph API does not say whether a callback gets the values of changes; that of "
                f"{change.object} will be put back {values} them",
            )
        )
        if not change.displaced.active:
            self._warn(f"the subscription of {change.object} is inactive; putting it back will activate it", None)

    def _warn(self, message: str, hint: str | None) -> None:
        self._publish(Notice(level=Level.WARNING, message=message, hint=hint))


def _urls(entries: Iterable[LedgerEntry]) -> list[str]:
    return [url for entry in entries for url in entry.callback_urls]


def _after_healing(found: Mapping[str, Subscription], left: Iterable[LedgerEntry]) -> dict[str, Subscription]:
    foreseen = dict(found)
    for entry in left:
        current = predict(entry, foreseen.pop(entry.object, None))
        if current:
            foreseen[entry.object] = replace(current)
    return foreseen


async def recheck(change: PlannedChange, client: Edge) -> PlannedChange:
    """Return the change with what it displaces now: somebody else may start at the same moment.

    Raises ForeignCallbackError when the object has another callback than the plan says.
    """
    current = await find_subscription(client, change.object)
    if current is None:
        return replace(change, change=PlannedAction.CREATE, displaced=None, restore_verify_token=None)
    if change.displaced and same_callback(change.displaced.callback_url, current.callback_url):
        return replace(change, displaced=current)
    raise ForeignCallbackError(
        f"{change.object} of app {client.app.app_id} has changed since it was read: it points to "
        f"{current.callback_url} now",
        done="nothing was changed for it",
        hint="find out who works on the app, then start again",
    )
