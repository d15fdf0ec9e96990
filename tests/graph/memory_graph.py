"""A Graph API in memory: the sandbox's world behind the client's interface, with answers that can get lost."""

from collections.abc import Callable, Iterable
from enum import Enum

from hookscope.errors import GraphError, HandshakeError
from hookscope.graph.edge import LostAnswerError
from hookscope.meta.subscription import Subscription
from hookscope.sandbox.world import World, new_world
from hookscope.secret_sources import Secret
from hookscope.settings import App


class Loss(Enum):
    """The fate of a call whose answer is lost: it is carried out, it is not, or it is when nobody looks."""

    DONE = "done"
    NOT_DONE = "not done"
    LATE = "late"


class MemoryGraph:
    """The world of one app. `tokens` maps a callback that answers handshakes to its verify token."""

    def __init__(self) -> None:
        self.world: World = new_world("1234567890")
        self.app = App(app_id=self.world.app.id, secret=self.world.app.secret, graph_url="http://graph.localhost")
        self.tokens: dict[str, str] = {}
        self.down: set[str] = set()
        self.drops_empty = False
        self.drops_refused = False
        self.losses: list[Loss] = []
        self.late: list[Callable[[], None]] = []
        self.calls: list[str] = []

    def register(self, topic: str, url: str, fields: Iterable[str], *, active: bool = True) -> None:
        """Register as somebody else would, by other means."""
        self.world.subscribe(
            self.app.app_id,
            topic,
            callback_url=url,
            verify_token=Secret(self.tokens.get(url, "")),
            fields=fields,
            version="v25.0",
            active=active,
        )

    def remove(self, topic: str, fields: Iterable[str] | None = None) -> None:
        """Remove as somebody else would."""
        self.world.unsubscribe(self.app.app_id, topic, fields)
        found = self.world.registration(self.app.app_id, topic)
        if self.drops_empty and found and not found.fields:
            self.world.unsubscribe(self.app.app_id, topic)

    def shown(self, topic: str) -> Subscription | None:
        """Return the registration for an object."""
        return next((found for found in self.all() if found.object == topic), None)

    def all(self) -> tuple[Subscription, ...]:
        """Return all registrations."""
        return tuple(Subscription.from_json(found.to_json()) for found in self.world.subscriptions(self.app.app_id))

    def land(self) -> None:
        """Carry out the calls that were late."""
        while self.late:
            self.late.pop(0)()

    def edge(self) -> "MemoryEdge":
        """Return a client."""
        return MemoryEdge(self)


class MemoryEdge:
    """A client of a MemoryGraph. `refusals` are raised by the next calls that change something."""

    def __init__(self, graph: MemoryGraph) -> None:
        self.graph = graph
        self.app = graph.app
        self.refusals: list[GraphError] = []

    async def subscriptions(self) -> tuple[Subscription, ...]:
        self.graph.calls.append("GET")
        return self.graph.all()

    async def subscribe(
        self,
        *,
        object: str,  # noqa: A002
        callback_url: str,
        verify_token: str,
        fields: Iterable[str],
        include_values: bool,
    ) -> None:
        names = tuple(fields)
        self.graph.calls.append(f"POST {object} {callback_url} {','.join(names)}".strip())
        assert isinstance(include_values, bool)
        if callback_url in self.graph.down or self.graph.tokens.get(callback_url) != verify_token:
            if self.graph.drops_refused:
                self.graph.remove(object)
            raise HandshakeError(f"{callback_url} does not pass")
        self._carry_out(lambda: self.graph.register(object, callback_url, names))

    async def unsubscribe(self, *, object: str, fields: Iterable[str] | None = None) -> None:  # noqa: A002
        names = None if fields is None else tuple(fields)
        assert object
        assert names != ()
        self.graph.calls.append(f"DELETE {object} {','.join(names or ())}".strip())
        self._carry_out(lambda: self.graph.remove(object, names))

    def _carry_out(self, change: Callable[[], None]) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        loss = self.graph.losses.pop(0) if self.graph.losses else None
        if loss in (None, Loss.DONE):
            change()
        elif loss is Loss.LATE:
            self.graph.late.append(change)
        if loss:
            raise LostAnswerError("the answer got lost")
