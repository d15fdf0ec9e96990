"""Old entries are deleted beside the work; only who has not read them by then is told of a gap."""

import asyncio
import signal
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from hookscope.model.timestamps import now
from hookscope.team.address import check_address
from hookscope.team.entry import encode
from hookscope.team.opening import open_log
from tests.e2e.relay.conftest import Senders, Team
from tests.support.captures import make_capture
from tests.support.program import Home, Program, start
from tests.support.until import until


@pytest.mark.slow
async def test_old_entries_are_deleted_while_new_ones_come(team: Team) -> None:
    await _append_old(team, 5000)
    senders = Senders(team.graph.secret)
    async with team.relay(team.machine("a"), "--retain", "1h") as relay:
        url = (await relay.next("subscription.active"))["callback_url"]
        sending = asyncio.create_task(senders.send(lambda: url, count=4))
        await _begins_with(team, 5001)
        await senders.more(20)
        sending.cancel()
        await asyncio.wait({sending})
    assert {*senders.kept} <= {*await team.messages()}
    assert senders.refused == 0
    entries = await team.entries()
    assert [one.capture.id for one in entries] == list(range(5001, 5001 + len(entries)))


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_of_five_developers_only_the_one_who_was_behind_has_a_gap(team: Team) -> None:
    await _append_old(team, 1)
    homes = [team.machine(f"developer-{number}") for number in range(5)]
    async with AsyncExitStack() as stack:
        runs = [await stack.enter_async_context(_mirrors(team, home)) for home in homes]
        await asyncio.gather(*map(_has_begun, runs))
        await _append_old(team, 10)
        for run in runs:
            await run.next("capture", after=9)
        *ahead, behind = runs
        behind.send(signal.SIGINT)
        assert await behind.end() == 0
        await _append_old(team, 20)
        for run in ahead:
            await run.next("capture", after=29)
        async with team.relay(team.machine("a"), "--retain", "1h") as relay, ClientSession() as session:
            url = (await relay.next("subscription.active"))["callback_url"]
            await _begins_with(team, 32)
            late = await stack.enter_async_context(_mirrors(team, homes[-1]))
            gap = await late.next("gap")
            assert await Senders(team.graph.secret).one(session, url) == 200
            for run in (*ahead, late):
                await run.next("capture", kind="notification", shared={"log": gap["shared"]["log"], "seq": 33})
        assert (gap["shared"]["first_seq"], gap["shared"]["last_seq"]) == (12, 31)
        assert [run.of("gap") for run in ahead] == [[]] * 4


async def _append_old(team: Team, count: int) -> None:
    """Append so many entries that were received two hours ago."""
    entries = [encode(make_capture(received_at=now() - timedelta(hours=2)), (), "before")] * count
    async with open_log(check_address(team.log_url), app_id=team.graph.app_id) as log:
        for first in range(0, count, 1000):
            await log.append(entries[first : first + 1000])


def _mirrors(team: Team, home: Home) -> AbstractAsyncContextManager[Program]:
    """Start a developer's run."""
    given = ("run", "--json", "--as", home.folder.name)
    return start(home, *given, environment={"HOOKSCOPE_FROM": team.log_url})


async def _has_begun(run: Program) -> None:
    await until(lambda: any(one["message"].startswith("mirroring ") for one in run.of("notice")))


async def _begins_with(team: Team, seq: int) -> None:
    """Wait until the entries before that number are gone."""
    async with asyncio.timeout(30):
        while (await team.status()).first < seq:
            await asyncio.sleep(0.05)
