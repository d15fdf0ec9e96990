"""Pages: listing those with the app and their fields, installing the app by hand, and undoing that."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hookscope import run_registry
from hookscope.errors import GraphError, UsageError
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import LostAnswerError, Wait, find_subscription, look_until
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.lease import InstallationLease
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.plan import PlannedInstallation, check_unchanged
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.meta import catalog
from hookscope.meta.field_list import list_fields
from hookscope.meta.graph_codes import EXPLORER
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.model.run_events import Notice, RunEvent
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import USER_TOKEN, SecretSources
from hookscope.settings import App, LeaseSettings


class PageState(Struct, frozen=True, kw_only=True):
    """A Page that a token gives access to. `fields` are those of the app's installation, None without one."""

    id: str
    name: str
    fields: tuple[str, ...] | None

    def to_json(self) -> dict[str, Any]:
        """Return `{id, name, installed, fields}`."""
        return {
            "id": self.id,
            "name": self.name,
            "installed": self.fields is not None,
            "fields": list(self.fields or ()),
        }


class PlannedRemoval(Struct, frozen=True, kw_only=True):
    """The planned state of a Page, None without the app. `undone` are the changes by hand that this undoes."""

    scope: Scope
    before: SubscribedApp
    after: SubscribedApp | None
    undone: tuple[InstallationEntry, ...] = ()

    @property
    def removed(self) -> tuple[str, ...]:
        """The fields that the Page loses."""
        return tuple(name for name in self.before.fields if not self.after or name not in self.after.fields)

    def still_there(self, state: PageState) -> list[str]:
        """Return the fields that were to be removed, and that a Page in this state has."""
        return [name for name in self.removed if name in (state.fields or ())]

    def __str__(self) -> str:
        rest = f"{list_fields(self.after.fields)} stay" if self.after else "the app is removed from it"
        return f"{self.scope}: remove {list_fields(self.removed) or 'nothing'}; {rest}"


@asynccontextmanager
async def open_pages(
    app: App, secrets: SecretSources, ledger: Path, notify: Callable[[Notice], None]
) -> AsyncIterator["Pages"]:
    """Yield the Pages that the tokens in `secrets` give access to. All methods raise HookscopeError."""
    async with GraphClient(app, notify=notify) as client:
        nodes = GraphNodes(client.caller)
        edge = InstallationEdge(nodes, app, Tokens(nodes, app, secrets))
        yield Pages(client, edge, InstallationLedger(ledger))


class Pages:
    """Lists Pages and changes their installations of the app. Only `subscribe` and `unsubscribe` change anything."""

    def __init__(
        self, client: GraphClient, edge: InstallationEdge, ledger: InstallationLedger, wait: Wait = asyncio.sleep
    ) -> None:
        self._wait = wait
        self._client = client
        self._edge = edge
        self._ledger = ledger
        self._lease: InstallationLease | None = None

    async def listed(self, refused: Callable[[GraphError], None]) -> list[PageState]:
        """Return every Page that a token gives access to; call `refused` for those where the app cannot be read."""
        states = []
        for page in await self._edge.tokens.pages():
            try:
                states.append(await self._state(page.id, page.name))
            except GraphError as error:
                refused(error)
        return states

    async def choose(self, ids: Iterable[str]) -> tuple[Scope, ...]:
        """Return the named Pages, else the only one that a token gives access to.

        Raises UsageError if there are several.
        """
        if chosen := tuple(dict.fromkeys(ids)):
            return tuple(Scope(ScopeKind.PAGE, one) for one in chosen)
        pages = await self._edge.tokens.pages()
        if len(pages) == 1:
            return (Scope(ScopeKind.PAGE, pages[0].id),)
        if not pages:
            raise UsageError(
                "the tokens give access to no Page",
                hint=f"set {USER_TOKEN} to the token of a user who runs one (with pages_show_list): {EXPLORER}",
            )
        shown = ", ".join(f"{page.id} ({page.name})" for page in pages)
        raise UsageError(f"no Page was named; the tokens give access to: {shown}", hint="name the Page's id")

    async def app_fields(self) -> tuple[str, ...]:
        """Return the fields that the app itself is subscribed to; only those reach a callback."""
        found = await find_subscription(self._client, "page")
        return found.fields if found else ()

    async def plan(
        self, scopes: Sequence[Scope], fields: tuple[str, ...], publish: Callable[[RunEvent], None]
    ) -> tuple[PlannedInstallation, ...]:
        """Return the changes that give each Page these fields, else those of the app, in addition to what it has."""
        wanted = fields or await self.app_fields() or catalog.DEFAULT_FIELDS["page"]
        self._lease = InstallationLease(
            self._edge,
            self._ledger,
            LeaseSettings(verify_token=""),
            scopes,
            holder=run_registry.new_key(),
            publish=publish,
        )
        return await self._lease.plan("", {"page": wanted})

    async def subscribe(self, plans: Sequence[PlannedInstallation]) -> list[PageState]:
        """Carry out the last plan, and return the Pages' new states.

        If one fails, or on a cancellation, all are put back.
        """
        if self._lease is None:
            raise ValueError("there is no plan yet")
        try:
            await self._lease.acquire(plans)
        except asyncio.CancelledError:
            await self._lease.release()
            raise
        self._lease.hand_over()
        return [await self._state(plan.scope.id) for plan in plans]

    async def plan_removal(self, scopes: Iterable[Scope], fields: tuple[str, ...]) -> list[PlannedRemoval]:
        """Return the removals of these fields; without fields, those that undo `subscribe`, else remove the app.

        A Page that has not installed the app is left out.
        """
        found = [(scope, await self._edge.look(scope)) for scope in scopes]
        return [self._removal(scope, current, fields) for scope, current in found if current is not None]

    async def unsubscribe(self, removals: Iterable[PlannedRemoval]) -> list[PageState]:
        """Carry out removals, and return the Pages' new states.

        Raises ForeignCallbackError for a Page that has changed since: a field of somebody else's would be removed, too.
        """
        states = []
        for removal in removals:
            lost: LostAnswerError | None = None
            if removal.after != removal.before:
                await check_unchanged(self._edge, removal.scope, removal.before)
                try:
                    await self._edge.set(removal.scope, removal.after)
                except LostAnswerError as error:
                    lost = error
            state = await self._settled(removal)
            states.append(state)
            if still := removal.still_there(state):
                raise lost or GraphError(
                    f"the Graph API answered 'success', but {removal.scope} still has {', '.join(still)}",
                    hint="look again in a moment: hookscope pages list",
                )
            for entry in removal.undone:
                self._ledger.settle(entry)
        return states

    async def _settled(self, removal: PlannedRemoval) -> PageState:
        """Return a Page's new state once the removed fields no longer show, or after a while."""
        return await look_until(
            lambda: self._state(removal.scope.id), lambda state: not removal.still_there(state), self._wait
        )

    def _removal(self, scope: Scope, current: SubscribedApp, fields: tuple[str, ...]) -> PlannedRemoval:
        app = self._edge.app
        by_hand = self._ledger.by_hand(app.graph_url, app.app_id, scope)
        if fields:
            left = tuple(name for name in current.fields if name not in fields)
            after = replace(current, fields=left) if left else None
            return PlannedRemoval(scope=scope, before=current, after=after)
        undone: SubscribedApp | None = current if by_hand else None
        for entry in by_hand:
            undone = entry.put_back(undone)
        return PlannedRemoval(scope=scope, before=current, after=undone, undone=tuple(by_hand))

    async def _state(self, page_id: str, name: str = "") -> PageState:
        name = name or await self._edge.tokens.name_of(page_id)
        found = await self._edge.look(Scope(ScopeKind.PAGE, page_id))
        return PageState(id=page_id, name=name, fields=found.fields if found else None)
