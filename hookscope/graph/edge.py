"""The subscriptions edge of an app, as the lease and the restore need it.

Source: Meta's reference of `/{app-id}/subscriptions`. There is one callback URL an app and object; a POST overwrites
it in place, adds its fields to those that are there, activates, and has Meta verify the callback before it answers.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from hookscope.errors import GraphError
from hookscope.meta.subscription import Subscription
from hookscope.settings import App

_T = TypeVar("_T")


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


_LOOK_AGAIN_SECONDS = (0.5, 1.0, 2.0)

Wait = Callable[[float], Awaitable[object]]
"""Passes the seconds between two looks."""


async def look_until(look: Callable[[], Awaitable[_T]], is_done: Callable[[_T], bool], wait: Wait) -> _T:
    """Look until a change shows, for a few seconds at most, and return what the last look has shown.

    Meta may show an older state for a moment after a change. Raises what `look` raises.
    """
    for seconds in _LOOK_AGAIN_SECONDS:
        if is_done(seen := await look()):
            return seen
        await wait(seconds)
    return await look()


async def find_subscription(client: Edge, topic: str) -> Subscription | None:
    """Return the app's current registration for an object; raises GraphError."""
    return next((found for found in await client.subscriptions() if found.object == topic), None)
