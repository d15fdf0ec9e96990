"""Subscriptions: listing those of an app, and changing them by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from hookscope.errors import ForeignCallbackError, GraphError
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import Edge, LostAnswerError, Wait, find_subscription, look_until
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscription import Subscription, same_callback
from hookscope.model.run_events import Notice
from hookscope.settings import App


class Addition(Struct, frozen=True, kw_only=True):
    """A callback to register for an object, with fields to add to the existing ones."""

    object: str
    fields: tuple[str, ...]
    callback_url: str
    verify_token: str
    include_values: bool
    takeover: bool


@asynccontextmanager
async def open_subscriptions(app: App, notify: Callable[[Notice], None]) -> AsyncIterator["Subscriptions"]:
    """Yield the subscriptions of an app. All methods raise HookscopeError."""
    async with GraphClient(app, notify=notify) as client:
        yield Subscriptions(client)


class Subscriptions:
    """Lists an app's subscriptions and changes them. Only `add` and `remove` change anything.

    Both read back what they changed: Meta may answer 'success' and do nothing, or do it and lose the answer.
    """

    def __init__(self, client: Edge, wait: Wait = asyncio.sleep) -> None:
        self._client = client
        self._wait = wait

    async def listed(self) -> tuple[Subscription, ...]:
        """Return one subscription for each object that has one."""
        return await self._client.subscriptions()

    async def find(self, topic: str) -> Subscription | None:
        """Return the subscription of an object, None when it has none."""
        return await find_subscription(self._client, topic)

    async def add(self, addition: Addition, replacing: Callable[[Subscription], None]) -> Subscription:
        """Register a callback or add fields to it, and return the subscription as it is then.

        `replacing` is called before another callback is replaced. Raises ForeignCallbackError when that is not allowed.
        """
        before = await self.find(addition.object)
        if before and not same_callback(before.callback_url, addition.callback_url):
            if not addition.takeover:
                raise ForeignCallbackError(
                    f"{addition.object} of app {self._client.app.app_id} already goes to {before.callback_url}",
                    done="nothing was changed",
                    hint="add --takeover to replace it; its verify token is needed to put it back",
                )
            replacing(before)
        change = self._client.subscribe(
            object=addition.object,
            callback_url=addition.callback_url,
            verify_token=addition.verify_token,
            fields=addition.fields,
            include_values=addition.include_values,
        )
        after = await self._carry_out(change, addition.object, lambda shown: _has(shown, addition))
        if after is None or not _has(after, addition):
            raise self._without_effect(addition.object, after)
        return after

    async def remove(self, found: Subscription, fields: tuple[str, ...]) -> None:
        """Remove these fields from a subscription; without fields, all of it.

        Raises ForeignCallbackError when the user agreed to something else: the object has another callback by now, or,
        if all of it is to go, other fields.
        """
        current = await self.find(found.object)
        if (
            current is None
            or current.callback_url != found.callback_url
            or not (fields or {*current.fields} == {*found.fields})
        ):
            raise ForeignCallbackError(
                f"{found.object} of app {self._client.app.app_id} has changed since it was read: it points to "
                f"{_describe(current)} now",
                done="nothing was removed",
                hint="look again: hookscope subscriptions list",
            )
        change = self._client.unsubscribe(object=found.object, fields=fields or None)
        after = await self._carry_out(change, found.object, lambda shown: _lacks(shown, found, fields))
        if not _lacks(after, found, fields):
            raise self._without_effect(found.object, after)

    async def _carry_out(
        self, change: Awaitable[None], topic: str, is_done: Callable[[Subscription | None], bool]
    ) -> Subscription | None:
        """Make a change, and return the subscription once the change shows, or as it is after a while."""
        lost: LostAnswerError | None = None
        try:
            await change
        except LostAnswerError as error:
            lost = error
        shown = await look_until(lambda: self.find(topic), is_done, self._wait)
        if lost and not is_done(shown):
            raise lost
        return shown

    def _without_effect(self, topic: str, shown: Subscription | None) -> GraphError:
        return GraphError(
            f"the Graph API answered 'success', but {topic} of app {self._client.app.app_id} still points to "
            f"{_describe(shown)}",
            hint="look again in a minute: hookscope subscriptions list",
        )


def _describe(shown: Subscription | None) -> str:
    return f"{shown.callback_url} with {list_fields(shown.fields) or 'no fields'}" if shown else "nothing"


def _has(shown: Subscription | None, addition: Addition) -> bool:
    return (
        shown is not None
        and same_callback(shown.callback_url, addition.callback_url)
        and set(addition.fields) <= set(shown.fields)
    )


def _lacks(shown: Subscription | None, found: Subscription, fields: tuple[str, ...]) -> bool:
    """Return whether the callback has gone, or has lost these fields if there are any."""
    if shown is None or shown.callback_url != found.callback_url:
        return True
    return bool(fields) and not set(fields) & set(shown.fields)
