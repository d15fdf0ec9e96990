"""Putting back by hand what runs left on accounts, beside a run or a relay that is live."""

from contextlib import AbstractAsyncContextManager

import pytest

from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.installations.restore import foretell, restore
from hookscope.graph.teardown import preview, teardown
from hookscope.model.run_events import Ending
from hookscope.scope import Scope, ScopeKind
from tests.graph.make import AT


def _never(_: InstallationEntry) -> AbstractAsyncContextManager[InstallationEdge]:
    raise AssertionError("an entry that is kept needs no look at the app")


@pytest.mark.parametrize(
    ("is_relays", "reason"),
    [
        (False, "the run that holds it is live and puts it back when it ends"),
        (True, "the relay that holds it is live: stop it first, then repeat this"),
    ],
)
async def test_an_entry_of_a_live_holder_is_kept_and_the_preview_says_the_same(
    is_relays: bool, reason: str, installations: InstallationLedger
) -> None:
    entry = InstallationEntry(
        scope=Scope(ScopeKind.PAGE, "12"),
        graph_url="http://g",
        graph_version="v25.0",
        app_id="1",
        holder="1-a",
        fields=("feed",),
        opened_at=AT,
        updated_at=AT,
    )
    written = installations.begin(entry)
    if is_relays:
        installations.keep(written)
    entries = installations.open_entries()
    ((_, outcome),) = [one async for one in teardown(installations, entries, _never, restore, is_live="1-a".__eq__)]
    assert (outcome.ending, outcome.reason) == (Ending.KEPT, reason)
    ((_, foretold),) = [one async for one in preview(entries, _never, foretell, is_live="1-a".__eq__)]
    assert foretold == f"kept: {reason}"
    assert installations.open_entries() == entries
