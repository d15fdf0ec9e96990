"""What every engine of a shared log does; run for each."""

import asyncio
from itertools import pairwise

import pytest

from hookscope.team.log import Entry, Grant, LogRefusedError, LogRestoredError, SharedLog
from tests.support.slow import slow_after
from tests.team.conftest import OpenLog

APP = "4711"
_ALL_BYTES = bytes(range(256))


def _entries(*bodies: bytes) -> list[Entry]:
    return [Entry(head=b'{"v":1}', body=body) for body in bodies]


async def _read_all(log: SharedLog, after: int = 0) -> list[Entry]:
    found: list[Entry] = []
    while page := await log.read(after=found[-1].seq if found else after):
        found += page
    return found


async def test_an_empty_log_has_nothing_to_read(open_log: OpenLog) -> None:
    async with open_log(APP) as log:
        assert (log.about.first, log.about.last) == await log.bounds() == (1, 0)
        assert not await log.read(after=0)
        assert not await log.grown(after=0, seconds=0.01)


async def test_what_is_appended_is_read_as_it_was_by_everybody(open_log: OpenLog) -> None:
    bodies = [b"", b"\0", _ALL_BYTES, b"\xff\xfe", "schön".encode()]
    async with open_log(APP) as log, open_log() as reader:
        assert await log.append(_entries(*bodies)) == 1
        assert await log.append([Entry(head=_ALL_BYTES, body=b"last")]) == 6
        found = await reader.read(after=0)
        assert [entry.seq for entry in found] == [1, 2, 3, 4, 5, 6]
        assert [entry.body for entry in found] == [*bodies, b"last"]
        assert found[-1].head == _ALL_BYTES
        assert await reader.bounds() == (1, 6)


async def test_it_is_there_when_it_is_opened_again(open_log: OpenLog) -> None:
    async with open_log(APP) as log:
        await log.append(_entries(b"one"))
        about = log.about
    async with open_log() as reader:
        assert (reader.about.id, reader.about.app_id, reader.about.last) == (about.id, APP, 1)
        assert [entry.body for entry in await reader.read(after=0)] == [b"one"]


@pytest.mark.parametrize("mib", slow_after(1, [1, 16]))
async def test_a_large_body_comes_back(open_log: OpenLog, mib: int) -> None:
    body = _ALL_BYTES * (mib << 12)
    async with open_log(APP) as log:
        await log.append(_entries(b"before", body, b"after"))
        assert [len(entry.body) for entry in await _read_all(log)] == [6, mib << 20, 5]
        (large,) = await log.read(after=1, limit=1)
        assert large.body == body


async def test_a_page_ends_at_its_entries_or_bytes_but_has_one(open_log: OpenLog) -> None:
    async with open_log(APP) as log:
        await log.append(_entries(*[b"x" * 1000] * 10))
        assert [entry.seq for entry in await log.read(after=4, limit=3)] == [5, 6, 7]
        assert [entry.seq for entry in await log.read(after=4, max_bytes=2500)] == [5, 6]
        assert [entry.seq for entry in await log.read(after=4, max_bytes=1)] == [5]
        assert not await log.read(after=10)


async def test_a_page_says_whether_there_is_more_behind_it(open_log: OpenLog) -> None:
    async with open_log(APP) as log:
        assert not (await log.read(after=0)).more
        await log.append(_entries(*[b"x" * 1000] * 4))
        assert not (await log.read(after=0)).more
        assert not (await log.read(after=3)).more
        for cut in ({"limit": 3}, {"max_bytes": 2500}, {"max_bytes": 1}):
            assert (await log.read(after=0, **cut)).more


async def test_a_log_that_ends_before_what_was_read_has_been_restored(open_log: OpenLog) -> None:
    async with open_log(app_id=APP) as log, open_log() as reader:
        await log.append(_entries(b"one"))
        assert not await reader.read(after=1)
        with pytest.raises(LogRestoredError, match="ends with @1, but @2 was mirrored") as refused:
            await reader.read(after=2)
    assert refused.value.code == 2


async def test_two_writers_and_a_reader_see_one_order_without_gaps(open_log: OpenLog) -> None:
    done = asyncio.Event()

    async def write(name: bytes) -> list[int]:
        async with open_log(APP) as log:
            return [await log.append(_entries(name, name, name)) for _ in range(20)]

    async def watch() -> list[Entry]:
        seen: list[Entry] = []
        async with open_log() as reader:
            while not done.is_set() or await reader.grown(after=len(seen), seconds=0):
                seen += await reader.read(after=len(seen), limit=7)
                await asyncio.sleep(0)
        return seen

    watching = asyncio.create_task(watch())
    first, second = await asyncio.gather(write(b"a"), write(b"b"))
    done.set()
    seen = await watching
    assert [entry.seq for entry in seen] == list(range(1, 121))
    assert sorted([*first, *second]) == list(range(1, 121, 3))
    assert all(one < other for several in (first, second) for one, other in pairwise(several))
    assert {seen[seq - 1 + more].body for seq in first for more in range(3)} == {b"a"}


async def test_who_waits_is_woken(open_log: OpenLog) -> None:
    async with open_log(APP) as log, open_log() as reader:
        waiting = asyncio.create_task(reader.grown(after=0, seconds=30))
        await asyncio.sleep(0)
        await log.append(_entries(b"one"))
        assert await waiting
        assert await reader.grown(after=0, seconds=30)
        assert not await reader.grown(after=1, seconds=0.01)


async def test_one_takes_the_lease_and_renews_it(open_log: OpenLog) -> None:
    async with open_log(APP) as log, open_log(APP) as other:
        grant = await _take(log, "one")
        assert await other.take(holder="two", ttl=30) is None
        longer = await log.renew(grant, ttl=60, state=b"\0state")
        assert longer is not None
        assert (longer.fence, longer.holder, longer.state) == (grant.fence, "one", b"\0state")
        assert longer.until > grant.until
        unchanged = await log.renew(longer, ttl=60)
        assert unchanged is not None
        assert unchanged.state == b"\0state"


async def test_of_many_that_want_the_lease_at_once_one_gets_it(open_log: OpenLog) -> None:
    async def want(name: str) -> Grant | None:
        async with open_log(APP) as log:
            return await log.take(holder=name, ttl=30)

    assert len([grant for grant in await asyncio.gather(*map(want, "abcdefgh")) if grant]) == 1


async def test_who_gives_the_lease_back_has_it_no_more(open_log: OpenLog) -> None:
    async with open_log(APP) as log, open_log(APP) as other:
        grant = await _take(log, "one")
        assert await log.renew(grant, ttl=0, state=b"last words")
        assert await log.renew(grant, ttl=30) is None
        theirs = await _take(other, "two")
        assert theirs.fence > grant.fence
        assert theirs.state == b"last words"


async def test_a_holder_that_was_paused_changes_nothing(open_log: OpenLog) -> None:
    async with open_log(APP) as log, open_log(APP) as other:
        await log.append(_entries(b"one", b"two"))
        old = await _take(log, "one", ttl=0.001)
        new = await _taken(other, "two")
        assert await log.renew(old, ttl=30, state=b"stale") is None
        assert await log.trim(up_to=1, grant=old) == 0
        assert new.state is None
        assert await other.trim(up_to=1, grant=new) == 1


async def test_a_lease_that_ran_out_and_that_nobody_took_is_renewed(open_log: OpenLog) -> None:
    async with open_log(APP) as log:
        grant = await _take(log, "one", ttl=0.001)
        await asyncio.sleep(0.01)
        assert await log.renew(grant, ttl=30)
        assert await log.take(holder="two", ttl=30) is None


async def test_trimming_keeps_the_numbers(open_log: OpenLog) -> None:
    async with open_log(APP) as log:
        grant = await _take(log, "one")
        await log.append(_entries(b"one", b"two", b"three"))
        assert await log.trim(up_to=2, grant=grant) == 2
        assert await log.trim(up_to=2, grant=grant) == 0
        assert await log.bounds() == (3, 3)
        assert [entry.seq for entry in await log.read(after=0)] == [3]
        assert await log.trim(up_to=99, grant=grant) == 1
        assert await log.bounds() == (4, 3)
        assert await log.append(_entries(b"four")) == 4


async def test_a_log_of_another_app_is_refused(open_log: OpenLog) -> None:
    async with open_log(APP) as log:
        await log.append(_entries(b"one"))
    with pytest.raises(LogRefusedError, match=APP) as refused:
        async with open_log("815"):
            pass
    assert refused.value.code == 2


async def test_the_status_names_the_holder_and_the_followers(open_log: OpenLog) -> None:
    async with open_log(APP) as log, open_log() as reader:
        await log.append(_entries(b"one", b"two"))
        assert not (await log.status()).followers
        assert (await log.status()).lease is None
        await _take(log, "one")
        await reader.check_in(name="ben", host="box", seq=1)
        await reader.check_in(name="anna", host="laptop", seq=1)
        await reader.check_in(name="anna", host="laptop", seq=2)
        status = await reader.status()
        assert (status.first, status.last) == (1, 2)
        assert status.lease is not None
        assert status.lease.holder == "one"
        assert [(one.name, one.host, one.seq) for one in status.followers] == [("anna", "laptop", 2), ("ben", "box", 1)]


async def _take(log: SharedLog, holder: str, ttl: float = 30) -> Grant:
    grant = await log.take(holder=holder, ttl=ttl)
    assert grant is not None
    return grant


async def _taken(log: SharedLog, holder: str) -> Grant:
    """Take a lease that runs out soon."""
    while not (grant := await log.take(holder=holder, ttl=30)):
        await asyncio.sleep(0.001)
    return grant
