"""Looking at what an app has registered, once or until a change shows."""

from collections.abc import Awaitable, Callable

from hookscope.graph.edge import Edge
from hookscope.meta.subscription import Subscription

LOOK_AGAIN_SECONDS = (0.5, 1.0, 2.0)
"""Meta may show an older state for a moment after a change."""

Wait = Callable[[float], Awaitable[object]]
"""Passes the seconds between two looks."""


async def look(client: Edge, topic: str) -> Subscription | None:
    """What the app has registered for an object now; raises GraphError."""
    return next((found for found in await client.subscriptions() if found.object == topic), None)
