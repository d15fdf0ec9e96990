"""Subscriptions: listing those of an app, and changing them by hand."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from msgspec import Struct

from hookscope.errors import ForeignCallbackError
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import find_subscription
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscription import Subscription
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
    """Lists an app's subscriptions and changes them. Only `add` and `remove` change anything."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def listed(self) -> tuple[Subscription, ...]:
        """Return one subscription for each object that has one."""
        return await self._client.subscriptions()

    async def find(self, topic: str) -> Subscription | None:
        """Return the subscription of an object, None when it has none."""
        return await find_subscription(self._client, topic)

    async def add(self, addition: Addition, replacing: Callable[[Subscription], None]) -> Subscription | None:
        """Register a callback or add fields to it, and return the subscription as it is then.

        `replacing` is called before another callback is replaced. Raises ForeignCallbackError when that is not allowed.
        """
        before = await self.find(addition.object)
        if before and before.callback_url != addition.callback_url:
            if not addition.takeover:
                raise ForeignCallbackError(
                    f"{addition.object} of app {self._client.app.app_id} already goes to {before.callback_url}",
                    done="nothing was changed",
                    hint="add --takeover to replace it; its verify token is needed to put it back",
                )
            replacing(before)
        await self._client.subscribe(
            object=addition.object,
            callback_url=addition.callback_url,
            verify_token=addition.verify_token,
            fields=addition.fields,
            include_values=addition.include_values,
        )
        return await self.find(addition.object)

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
            shown = (
                f"{current.callback_url} with {list_fields(current.fields) or 'no fields'}" if current else "nothing"
            )
            raise ForeignCallbackError(
                f"{found.object} of app {self._client.app.app_id} has changed since it was read: it points to "
                f"{shown} now",
                done="nothing was removed",
                hint="look again: hookscope subscriptions list",
            )
        await self._client.unsubscribe(object=found.object, fields=fields or None)
