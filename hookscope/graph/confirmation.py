"""The check after a registration that our callback is there, and that nobody else was faster."""

from collections.abc import Iterable, Iterator, Mapping

from hookscope.errors import ForeignCallbackError, GraphError
from hookscope.graph.edge import Edge, Wait, look_until
from hookscope.graph.held_subscription import HeldSubscription
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.meta.subscription import Subscription


async def confirm(
    holds: Iterable[HeldSubscription], client: Edge, wait: Wait
) -> list[tuple[HeldSubscription, Subscription]]:
    """Read back what was registered.

    Raises GraphError when a callback does not show, ForeignCallbackError when another machine's shows in its place.
    """
    holds = list(holds)
    if not holds:
        return []

    def missing(seen: Mapping[str, Subscription]) -> list[HeldSubscription]:
        return [hold for hold in holds if not hold.points_here(seen.get(hold.entry.object))]

    async def look() -> dict[str, Subscription]:
        seen = {current.object: current for current in await client.subscriptions()}
        _refuse_overtaken(missing(seen), seen)
        return seen

    seen = await look_until(look, lambda seen: not missing(seen), wait)
    if not (lost := missing(seen)):
        return [(hold, seen[hold.entry.object]) for hold in holds]
    shown = "; ".join(f"{hold.entry.object}: {hold.loss(seen.get(hold.entry.object))}" for hold in lost)
    raise GraphError(
        f"the Graph API said 'success', but the callback is not registered: {shown}",
        hint="try again in a minute: Meta may have done nothing, or be slow; then find out who else works on the app",
    )


def question(entry: LedgerEntry, current: Subscription) -> Iterator[tuple[str, str]]:
    """Yield a warning and a hint for each doubt about a confirmed subscription."""
    if lacking := [name for name in entry.fields if name not in current.fields]:
        yield f"the app does not list {', '.join(lacking)} for {entry.object}", "check the names in --fields"
    if not current.active:
        yield f"the subscription to {entry.object} is listed as inactive", "check it in the App Dashboard"


def _refuse_overtaken(missing: Iterable[HeldSubscription], seen: Mapping[str, Subscription]) -> None:
    for hold in missing:
        entry, current = hold.entry, seen.get(hold.entry.object)
        if current and not hold.is_ours(current) and not entry.is_former(current):
            raise ForeignCallbackError(
                f"somebody else registered {entry.object} of app {entry.app_id} at the same moment; it points to "
                f"{current.callback_url} now",
                hint="find out who works on the app, or use a test app of your own (App Dashboard > Create test app)",
            )
