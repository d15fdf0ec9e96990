"""The client of the subscriptions edge, `/{app-id}/subscriptions`, of the Graph API or its simulator.

Source: Meta's reference of that edge.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import TracebackType
from typing import ClassVar, Self

from hookscope.graph.access_token import app_token
from hookscope.graph.caller import GraphCall, GraphCaller, Permit
from hookscope.meta.subscription import Subscription
from hookscope.model.run_events import Notice
from hookscope.settings import App


class GraphClient:
    """Calls the edge with the app's own token; an async context manager. Raises GraphError and its subclasses.

    `notify`, `timeout_seconds`, `wait` and `permit` are those of `GraphCaller`.
    """

    TIMEOUT_SECONDS: ClassVar[float] = GraphCaller.TIMEOUT_SECONDS

    def __init__(
        self,
        app: App,
        *,
        notify: Callable[[Notice], None],
        timeout_seconds: float | None = None,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
        permit: Permit | None = None,
    ) -> None:
        self.app = app
        self.caller = GraphCaller(
            app.graph_url,
            app.graph_version,
            app.secret,
            notify=notify,
            timeout_seconds=timeout_seconds,
            wait=wait,
            permit=permit,
        )
        self._token = app_token(app)

    async def __aenter__(self) -> Self:
        await self.caller.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.caller.__aexit__(kind, error, trace)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return everything that the app has registered, from all pages of the answer."""
        call = self._call("GET", f"reading the subscriptions of app {self.app.app_id}")
        rows = await self.caller.rows(call)
        try:
            return tuple(map(Subscription.from_json, rows))
        except (ValueError, TypeError) as error:
            raise self.caller.odd_answer(call, str(error)) from error

    async def subscribe(
        self,
        *,
        object: str,  # noqa: A002
        callback_url: str,
        verify_token: str,
        fields: Iterable[str],
        include_values: bool,
    ) -> None:
        """Point the object's subscription to a callback, which Meta verifies meanwhile, and add fields to it."""
        parameters = {
            "object": _needed(object),
            "callback_url": callback_url,
            "verify_token": verify_token,
            "include_values": "true" if include_values else "false",
        }
        if names := _names(fields):
            parameters["fields"] = names
        doing = f"registering {object} at {callback_url}"
        await self.caller.change(self._call("POST", doing, parameters, verify_token))

    async def unsubscribe(self, *, object: str, fields: Iterable[str] | None = None) -> None:  # noqa: A002
        """Remove fields from the object's subscription, or all of it when `fields` is None.

        Without an object, or with an empty list of fields, the edge would remove far more than was meant: both are a
        ValueError here.
        """
        parameters = {"object": _needed(object)}
        if fields is not None:
            parameters["fields"] = _needed(_names(fields))
        doing = f"removing {parameters.get('fields', 'the subscription')} of {object}"
        await self.caller.change(self._call("DELETE", doing, parameters))

    def _call(self, method: str, doing: str, parameters: Mapping[str, str] | None = None, *hidden: str) -> GraphCall:
        return GraphCall(
            method=method,
            path=(self.app.app_id, "subscriptions"),
            token=self._token,
            doing=doing,
            parameters=parameters or {},
            hidden=hidden,
        )


def _names(fields: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(filter(None, fields)))


def _needed(text: str) -> str:
    if not text:
        raise ValueError("calls without an object or fields are never made")
    return text
