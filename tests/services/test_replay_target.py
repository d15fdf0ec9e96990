"""The one rule for where a capture goes when no address is given."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Run
from hookscope.services.replay_target import ReplayTargets, default_target
from hookscope.settings import Route
from tests.support.captures import WHEN, make_capture

FIRST, SECOND = "http://localhost:3000/", "http://localhost:3001/"


async def keep(journal: Path, *routes: Route, is_of_a_run: bool = True) -> None:
    targets = tuple(route.target for route in routes)
    run = Run(key="k", app_id="1", objects=("page",), targets=targets, routes=routes, started_at=WHEN)
    async with JournalWriter(journal) as writer:
        begun = await writer.begin_run(run)
        await writer.append(replace(make_capture(), run_id=begun.id if is_of_a_run else None))


async def test_it_goes_to_the_first_application_whose_route_wants_it(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, Route(target=FIRST, filter="field:messages"), Route(target=SECOND, filter="field:feed"))
    assert default_target(journal, 1) == SECOND
    assert default_target(journal, 2) is None


@pytest.mark.parametrize(
    ("is_of_a_run", "reason"),
    [(True, "the run that captured #1 had no forward target"), (False, "no run captured #1")],
)
async def test_an_address_must_be_given_where_nothing_was_forwarded(
    tmp_path: Path, is_of_a_run: bool, reason: str
) -> None:
    journal = tmp_path / "journal.db"
    await keep(journal, is_of_a_run=is_of_a_run)
    assert default_target(journal, 1) is None
    with JournalReader(journal) as history:
        capture = history.capture(1)
        assert capture
        with pytest.raises(UsageError, match=reason):
            ReplayTargets(history).of(capture)
        assert ReplayTargets(history, "3001").of(capture) == SECOND
