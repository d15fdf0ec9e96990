"""The subscriptions edge of an app, as the lease and the restore need it.

Source: Meta's reference of `/{app-id}/subscriptions`. There is one callback URL an app and object; a POST overwrites
it in place, adds its fields to those that are there, activates, and has Meta verify the callback before it answers.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from hookscope.errors import GraphError
from hookscope.meta.subscription import Subscription
from hookscope.settings import App


class LostAnswerError(GraphError):
    """A call that changes something got no answer from the Graph API: it may have been carried out, now or soon."""


class Edge(Protocol):
    """The calls on an app's subscriptions. Every call raises GraphError."""

    @property
    def app(self) -> App:
        """The app that owns the subscriptions."""

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return everything that the app has registered."""

    async def subscribe(
        self,
        *,
        object: str,  # noqa: A002
        callback_url: str,
        verify_token: str,
        fields: Iterable[str],
        include_values: bool,
    ) -> None:
        """Point the object's subscription to a callback and add fields to it.

        Raises HandshakeError when the callback does not pass Meta's verification, LostAnswerError when the outcome of
        the call is unknown.
        """

    async def unsubscribe(self, *, object: str, fields: Iterable[str] | None = None) -> None:  # noqa: A002
        """Remove fields from the object's subscription, or all of it when `fields` is None.

        Raises LostAnswerError when the outcome of the call is unknown.
        """


LOOK_AGAIN_SECONDS = (0.5, 1.0, 2.0)
"""Meta may show an older state for a moment after a change."""

Wait = Callable[[float], Awaitable[object]]
"""Passes the seconds between two looks."""


async def find_subscription(client: Edge, topic: str) -> Subscription | None:
    """Return the app's current registration for an object; raises GraphError."""
    return next((found for found in await client.subscriptions() if found.object == topic), None)
