"""Reads and writes on the nodes that webhooks depend on: tokens, apps, Pages, WhatsApp accounts, phone numbers.

Sources: Meta's references of `/debug_token`, of an Application, of a User's `accounts`, of a Page's and of a WhatsApp
Business Account's `subscribed_apps`, and its guide "Webhook overrides" (updated 2026-06-28).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from hookscope.graph.access_token import AccessToken, page_token
from hookscope.graph.caller import GraphCall, GraphCaller
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.meta.token_info import TokenInfo
from hookscope.secret_sources import Secret

_T = TypeVar("_T")

_PAGE_APP = ("id", "name", "subscribed_fields")
"""Asked for by name: an app whose fields are left out would count as one without fields."""


class Account(Struct, frozen=True, kw_only=True):
    """A Page that a user runs, with its token and what the user may do there (`MANAGE`, `MESSAGING`, …)."""

    id: str
    name: str
    token: AccessToken
    tasks: tuple[str, ...] = ()


class GraphNodes:
    """Typed calls through a caller, each with the token that it is given. Every method raises GraphError.

    async with GraphCaller(app.graph_url, app.graph_version, app.secret, notify=print) as caller:
        nodes = GraphNodes(caller)
        info = await nodes.debug_token(Secret(token), by=app_token(app))
        for account in await nodes.accounts(user_token(Secret(token))):
            print(account.name, await nodes.page_apps(account.id, account.token))
        page = await nodes.read("1234567890", page_token(Secret(token)), ("id", "name"))
    """

    def __init__(self, caller: GraphCaller) -> None:
        self._caller = caller

    async def read(self, node: str, token: AccessToken, fields: Iterable[str] = ()) -> Mapping[str, Any]:
        """Return a node, with these fields or those that it has by default; `me` and `app` are the token's own."""
        return await self._read(_get((node,), token, f"reading {node}", fields), _a_mapping)

    async def edge(self, node: str, edge: str, token: AccessToken, fields: Iterable[str] = ()) -> list[Any]:
        """Return the rows of a node's edge, from all pages of the answer."""
        return await self._caller.rows(_get((node, edge), token, f"reading the {edge} of {node}", fields))

    async def debug_token(self, token: Secret, *, by: AccessToken) -> TokenInfo:
        """Return what Meta says about a token. An invalid one is no error: see `TokenInfo.is_valid`.

        `by` is a token of the same app: the app's own, or that of its developer.
        """
        text = token.reveal()
        call = GraphCall(
            path=("debug_token",),
            token=by,
            doing="asking about a token",
            parameters={"input_token": text},
            hidden=(text,),
        )
        return await self._read(call, TokenInfo.from_json)

    async def accounts(self, token: AccessToken) -> tuple[Account, ...]:
        """Return the Pages that the user of a token runs; those without a token for this app are left out."""
        call = _get(("me", "accounts"), token, "reading the Pages of the user", ("id", "name", "access_token", "tasks"))
        rows = await self._caller.rows(call)
        return tuple(filter(None, (_account(row) for row in rows)))

    async def page_apps(self, page: str, token: AccessToken) -> tuple[SubscribedApp, ...]:
        """Return the apps that a Page has installed, with the fields that it lets each have."""
        return await self._apps(page, token, _PAGE_APP)

    async def subscribed_apps(self, account: str, token: AccessToken) -> tuple[SubscribedApp, ...]:
        """Return the apps that a WhatsApp account has installed."""
        return await self._apps(account, token)

    async def _apps(self, node: str, token: AccessToken, fields: Iterable[str] = ()) -> tuple[SubscribedApp, ...]:
        call = _get((node, "subscribed_apps"), token, f"reading the apps that {node} has installed", fields)
        rows = await self._caller.rows(call)
        return tuple([self._parse(call, row, SubscribedApp.from_json) for row in rows])

    async def install(self, node: str, token: AccessToken, parameters: Mapping[str, str], *hidden: str) -> None:
        """Install the token's app on a Page (`subscribed_fields`) or a WhatsApp account (`override_callback_uri`).

        A Page lets the app have exactly these fields from then on. Raises HandshakeError when a callback does not pass
        Meta's verification, LostAnswerError when the outcome of the call is unknown.
        """
        await self._caller.change(
            GraphCall(
                method="POST",
                path=(node, "subscribed_apps"),
                token=token,
                doing=f"installing the app on {node}",
                parameters=parameters,
                hidden=hidden,
            )
        )

    async def uninstall(self, node: str, token: AccessToken) -> None:
        """Remove the token's app from a Page or a WhatsApp account; raises LostAnswerError as `install` does."""
        await self._caller.change(
            GraphCall(
                method="DELETE",
                path=(node, "subscribed_apps"),
                token=token,
                doing=f"removing the app from {node}",
            )
        )

    async def configure(self, node: str, token: AccessToken, parameters: Mapping[str, str], *hidden: str) -> None:
        """Change a node itself, as `webhook_configuration` of a phone number; raises what `install` raises."""
        await self._caller.change(
            GraphCall(
                method="POST",
                path=(node,),
                token=token,
                doing=f"changing {node}",
                parameters=parameters,
                hidden=hidden,
            )
        )

    async def _read(self, call: GraphCall, parse: Callable[[Any], _T]) -> _T:
        return self._parse(call, await self._caller.call(call), parse)

    def _parse(self, call: GraphCall, value: Any, parse: Callable[[Any], _T]) -> _T:
        try:
            return parse(value)
        except ValueError as error:
            raise self._caller.odd_answer(call, str(error)) from error


def _get(path: tuple[str, ...], token: AccessToken, doing: str, fields: Iterable[str] = ()) -> GraphCall:
    names = ",".join(fields)
    return GraphCall(path=path, token=token, doing=doing, parameters={"fields": names} if names else {})


def _a_mapping(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise ValueError("no object")
    return answer


def _account(row: Any) -> Account | None:
    if not isinstance(row, dict) or not isinstance(row.get("access_token"), str):
        return None
    tasks = row.get("tasks")
    return Account(
        id=str(row.get("id", "")),
        name=str(row.get("name", "")),
        token=page_token(Secret(row["access_token"])),
        tasks=tuple(map(str, tasks)) if isinstance(tasks, list) else (),
    )
