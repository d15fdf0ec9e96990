"""Plans the changes of Pages, WhatsApp accounts, and phone numbers, and refuses what must not be touched."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set

from hookscope.errors import ForeignCallbackError, GraphError
from hookscope.graph.callback_prover import CallbackProver
from hookscope.graph.edge import Wait
from hookscope.graph.holders import doubt_before_start, is_held_by_other
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.plan import PlannedInstallation
from hookscope.graph.installations.restore import restore
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.meta.subscription import same_callback
from hookscope.model.run_events import Level, Notice, RunEvent
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret
from hookscope.settings import LeaseSettings


class InstallationPlanner:
    """Works out the changes for one run. Its arguments are those of `InstallationLease`."""

    def __init__(
        self,
        edge: InstallationEdge,
        ledger: InstallationLedger,
        settings: LeaseSettings,
        scopes: Sequence[Scope],
        *,
        holder: str,
        publish: Callable[[RunEvent], None],
        prover: CallbackProver | None,
        is_live: Callable[[str], bool],
        wait: Wait,
    ) -> None:
        self._edge = edge
        self._ledger = ledger
        self._settings = settings
        self._scopes = scopes
        self._holder = holder
        self._publish = publish
        self._prover = prover
        self._is_live = is_live
        self._wait = wait

    async def heal(self) -> None:
        """See `InstallationLease.heal`."""
        if self._settings.standing is None and not self._settings.dry_run:
            await self._heal(self._earlier(set()))

    async def plan(self, callback_url: str, fields: Mapping[str, tuple[str, ...]]) -> tuple[PlannedInstallation, ...]:
        """See `InstallationLease.plan`."""
        standing = await self._standing(callback_url, fields)
        left = self._earlier(standing)
        continued = await self._continued(left)
        left = [entry for entry in left if entry.scope not in continued]
        continued |= {
            entry.scope: entry for entry in self._open() if entry.scope in standing and not self._is_held(entry)
        }
        if self._settings.dry_run:
            for entry in left:
                message = f"{entry.scope}, changed by an earlier run, would be put back first"
                self._publish(Notice(level=Level.INFO, message=message))
        else:
            await self._heal(left)
        return tuple(
            [
                await self._plan_one(scope, callback_url, fields[scope.object], continued.get(scope))
                for scope in self._scopes
            ]
        )

    async def _standing(self, callback_url: str, fields: Mapping[str, tuple[str, ...]]) -> set[Scope]:
        if self._settings.standing is None:
            return set()
        looks = [(scope, await self._edge.look(scope)) for scope in self._scopes]
        return {scope for scope, current in looks if self._stands(scope, current, callback_url, fields[scope.object])}

    def _stands(self, scope: Scope, current: SubscribedApp | None, callback_url: str, fields: tuple[str, ...]) -> bool:
        """Return whether a relay before this one has left everything in place; a run continues nothing."""
        if self._settings.standing is None or current is None:
            return False
        if scope.kind is ScopeKind.PAGE:
            return {*fields} <= {*current.fields}
        return same_callback(current.override_url or "", callback_url)

    def _earlier(self, standing: Set[Scope]) -> list[InstallationEntry]:
        """Return the entries that ended runs have left on other accounts than those that stay as they are.

        Raises ForeignCallbackError for those of a live one.
        """
        entries = [entry for entry in self._open() if entry.scope not in standing]
        held = [one for one in entries if self._is_held(one)]
        if live := [one for one in held if one.scope in self._scopes]:
            raise ForeignCallbackError(
                f"another run of yours holds {live[0].scope} for app {live[0].app_id}",
                done="nothing was changed",
                hint="watch it with `hookscope attach`, or stop it first",
            )
        return [one for one in entries if one not in held and (not one.stays or one.scope in self._scopes)]

    def _open(self) -> list[InstallationEntry]:
        app = self._edge.app
        return self._ledger.open_entries(graph_url=app.graph_url, app_id=app.app_id)

    def _is_held(self, entry: InstallationEntry) -> bool:
        return is_held_by_other(entry, holder=self._holder, settings=self._settings, is_live=self._is_live)

    async def _continued(self, left: Iterable[InstallationEntry]) -> dict[Scope, InstallationEntry]:
        """Return the entries whose override stays until this relay's own address replaces it; a run continues none.

        The override may also be that of a relay on another machine: it becomes one of the entry's.
        """
        continued: dict[Scope, InstallationEntry] = {}
        if self._settings.standing is None:
            return continued
        for entry in [one for one in left if one.scope in self._scopes]:
            current = await self._edge.look(entry.scope)
            if current and entry.owns(current):
                continued[entry.scope] = entry
            elif current and current.override_url and self._settings.has_standing(current.override_url):
                continued[entry.scope] = entry.adopting((current.override_url,))
        return continued

    async def _heal(self, left: Iterable[InstallationEntry]) -> None:
        for entry in left:
            doubt = doubt_before_start(entry, self._settings)
            outcome = await restore(entry, self._edge, self._ledger, doubt=doubt, wait=self._wait)
            if outcome.ending:
                reason = f"left by an earlier run: {outcome.reason}"
                self._publish(entry.ended(outcome.ending, reason, callback_url=outcome.callback_url))
            elif entry.scope in self._scopes:
                raise outcome.as_refusal(f"{entry.scope}, which an earlier run changed,")
            else:
                message = f"{entry.scope}, which an earlier run changed, is not put back: {outcome.reason}"
                self._publish(Notice(level=Level.WARNING, message=message, hint=outcome.hint))

    async def _plan_one(
        self, scope: Scope, callback_url: str, fields: tuple[str, ...], continued: InstallationEntry | None
    ) -> PlannedInstallation:
        current = await self._edge.look(scope)
        plan = PlannedInstallation(
            app_id=self._edge.app.app_id,
            scope=scope,
            fields=fields,
            callback_url=None if scope.kind is ScopeKind.PAGE else callback_url,
            displaced=current,
            restore_verify_token=await self._prove(scope, current, callback_url, continued),
            stands=self._stands(scope, current, callback_url, fields),
            continued=continued,
        )
        if scope.kind is ScopeKind.PAGE and current is not None and not current.fields:
            raise GraphError(
                f"Page {scope.id} has the app installed without fields, and Meta installs none so: "
                "that could not be put back",
                done="nothing was changed",
                hint="without fields, it gets no events; if nobody needs it, remove it first: "
                f"hookscope pages unsubscribe {scope.id}",
            )
        return plan

    async def _prove(
        self, scope: Scope, current: SubscribedApp | None, callback_url: str, continued: InstallationEntry | None
    ) -> Secret | None:
        """Return the token that puts back the override of an account, None without an override; our own has our token.

        Raises ForeignCallbackError when it is somebody else's and may not be replaced.
        """
        ours = (callback_url, *(self._settings.standing or ()), *(continued.callback_urls if continued else ()))
        if current is None or current.override_url is None:
            return None
        if any(same_callback(current.override_url, url) for url in ours):
            return Secret(self._settings.verify_token)
        # An entry that is continued leads back to what was there before it, and has no place for another.
        if continued or self._prover is None or not self._settings.takeover:
            raise ForeignCallbackError(
                f"{scope} already has a callback of its own: {current.override_url}",
                done="nothing was changed",
                hint="use a test app (App Dashboard > Create test app) with its own account; or, if that "
                "callback may go without events for a while, --takeover with --restore-verify-token",
            )
        return await self._prover.prove(current.override_url)
