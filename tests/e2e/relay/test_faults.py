"""Relays and their engine under fire: killed, suspended, started together."""

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, ClientTimeout

from hookscope.team.address import check_address
from hookscope.team.opening import initialize_log
from tests.e2e.conftest import Graph
from tests.e2e.relay.conftest import PATH, Balancer, CountingProxy, Senders, Team, leads
from tests.support.free_port import free_port
from tests.support.postgres_server import PostgresServer, missing
from tests.support.program import Program
from tests.support.tcp_proxy import TcpProxy
from tests.support.until import until

OFTEN = pytest.mark.parametrize(
    "times", [pytest.param(3, marks=pytest.mark.slow), pytest.param(50, marks=pytest.mark.full)]
)


async def all_kept(team: Team, senders: Senders) -> None:
    """Check that whatever was answered 200 is in the log, under numbers without a gap."""
    entries = await team.entries()
    assert [one.capture.id for one in entries] == list(range(1, len(entries) + 1))
    assert {*senders.kept} <= {*await team.messages()}
    assert len(senders.kept) > 100


async def answers(url: str, status: int, *, seconds: float) -> None:
    """Wait until the relay's health is this."""
    async with asyncio.timeout(seconds), ClientSession(timeout=ClientTimeout(total=2)) as session:
        while True:
            async with session.get(url.replace(PATH, "/healthz")) as answer:
                if answer.status == status:
                    return
            await asyncio.sleep(0.1)


@OFTEN
@pytest.mark.timeout(1800)
async def test_an_engine_that_is_killed_loses_nothing_that_was_answered(
    graph: Graph, tmp_path: Path, times: int
) -> None:
    if reason := missing():
        pytest.skip(reason)
    with TemporaryDirectory(prefix="postgres-") as folder:
        Path(folder).chmod(0o711)
        server = PostgresServer(Path(folder))
        server.start()
        try:
            await initialize_log(check_address(server.url()))
            async with CountingProxy(graph.server.url) as proxy:
                team = Team(graph, proxy, server.url(), tmp_path / "machines")
                await _kill_the_engine(team, server, times)
        finally:
            server.stop(signal.SIGKILL)


async def _kill_the_engine(team: Team, server: PostgresServer, times: int) -> None:
    senders = Senders(team.graph.secret)
    async with team.relay(team.machine("a")) as relay:
        url = (await relay.next("subscription.active"))["callback_url"]
        sending = asyncio.create_task(senders.send(lambda: url))
        for _ in range(times):
            await senders.more(50)
            server.stop(signal.SIGKILL)
            await _refused(senders)
            server.start()
        await senders.more(50)
        sending.cancel()
        await asyncio.wait({sending})
        assert senders.broken == 0  # Each was answered: 200, or 503.
        assert relay.process.returncode is None
        relay.send(signal.SIGTERM)
        assert await relay.end() == 0
    await all_kept(team, senders)
    assert len(team.proxy.writes) == 1


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_without_its_engine_a_relay_refuses_soon_says_so_and_goes_on(graph: Graph, tmp_path: Path) -> None:
    if reason := missing():
        pytest.skip(reason)
    with TemporaryDirectory(prefix="postgres-") as folder:
        Path(folder).chmod(0o711)
        server = PostgresServer(Path(folder))
        server.start()
        try:
            await initialize_log(check_address(server.url()))
            async with CountingProxy(graph.server.url) as proxy:
                team = Team(graph, proxy, server.url(), tmp_path / "machines")
                async with team.relay(team.machine("a")) as relay, ClientSession() as session:
                    url = (await relay.next("subscription.active"))["callback_url"]
                    server.stop(signal.SIGKILL)
                    senders = Senders(graph.secret)
                    async with asyncio.timeout(6):
                        assert await senders.one(session, url) == 503
                    await answers(url, 503, seconds=20)
                    server.start()
                    await answers(url, 200, seconds=10)
                    assert await senders.one(session, url) == 200
                    await _told(relay, "the shared log is back")
                    told = [one["message"] for one in relay.of("notice")]
                    assert [one.count(" is away") for one in told if "the shared log" in one] == [1, 0]
        finally:
            server.stop(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_on_a_dark_link_to_its_engine_a_relay_refuses_soon_and_changes_nothing(team: Team) -> None:
    """For longer than the lease lasts: it is lost, taken again, and the registration as it was."""
    address = urlsplit(team.log_url)
    assert address.port
    async with TcpProxy(address.port) as network, ClientSession() as session:
        there = address._replace(netloc=f"{address.username}@127.0.0.1:{network.port}").geturl()
        async with team.relay(team.machine("a"), HOOKSCOPE_LOG=there) as relay:
            url = (await relay.next("subscription.active"))["callback_url"]
            senders = Senders(team.graph.secret)
            network.go_dark()
            for _ in range(2):
                async with asyncio.timeout(6):
                    assert await senders.one(session, url) == 503
            await answers(url, 503, seconds=20)
            await _told(relay, "the lease is lost")
            network.come_back()
            await answers(url, 200, seconds=15)
            assert await senders.one(session, url) == 200
            await until(lambda: len(relay.of("subscription.active")) == 2, seconds=60)
            assert len(team.proxy.writes) == 1
            assert len(team.graph.server.verifier.attempts) == 1
            relay.send(signal.SIGTERM)
            assert await relay.end() == 0
    assert team.graph.registered == {"page": (url, ["feed"])}


@OFTEN
@pytest.mark.timeout(1800)
async def test_a_relay_that_is_killed_loses_nothing_and_changes_nothing_at_meta(team: Team, times: int) -> None:
    home, port = team.machine("a"), free_port()
    senders, url = Senders(team.graph.secret), f"http://127.0.0.1:{port}{PATH}"
    sending: asyncio.Task[None] | None = None
    for number in range(times):
        async with team.relay(home, port=port) as relay:
            await relay.next("receiver.listening")
            if number == 0:
                await relay.next("subscription.active")
                sending = asyncio.create_task(senders.send(lambda: url))
            await senders.more(50)
            await relay.kill()
    assert sending
    async with team.relay(home, port=port) as relay:
        await senders.more(50)
        sending.cancel()
        await asyncio.wait({sending})
        assert len(team.proxy.writes) == 1
        assert len(team.graph.server.verifier.attempts) == 1
        await leads(relay)  # When the lease of the killed one has ended.
        assert len(team.proxy.writes) == 1
        assert len(team.graph.server.verifier.attempts) == 1
    assert team.graph.registered == {"page": (url, ["feed"])}
    await all_kept(team, senders)


@OFTEN
@pytest.mark.timeout(1800)
async def test_of_two_relays_that_start_together_one_registers_and_both_receive(team: Team, times: int) -> None:
    homes = [team.machine("a"), team.machine("b")]
    for _ in range(times):
        team.graph.server.world.unsubscribe(team.graph.app_id, "page")
        team.proxy.writes.clear()
        async with AsyncExitStack() as stack:
            relays = await asyncio.gather(*(stack.enter_async_context(team.relay(home)) for home in homes))
            urls = [(await relay.next("receiver.listening"))["url"] + PATH for relay in relays]
            standing = [asyncio.create_task(_stands_by(relay)) for relay in relays]
            leading = [asyncio.create_task(leads(relay)) for relay in relays]
            await asyncio.wait(standing, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(leading, return_when=asyncio.FIRST_COMPLETED)
            for task in (*standing, *leading):
                task.cancel()
            await asyncio.wait([*standing, *leading])
            async with ClientSession() as session:
                senders = Senders(team.graph.secret)
                assert [await senders.one(session, url) for url in urls] == [200, 200]
            assert [write.partition(" ")[0] for write in team.proxy.writes] == ["POST"]
            for relay in relays:
                relay.send(signal.SIGTERM)
            assert [await relay.end() for relay in relays] == [0, 0]
    entries = await team.entries()
    assert {one.relay for one in entries} == {"a", "b"}
    assert [one.capture.id for one in entries] == list(range(1, len(entries) + 1))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_holder_that_was_suspended_changes_nothing_when_it_wakes(team: Team) -> None:
    async with team.relay(team.machine("a")) as first:
        first_url = (await first.next("subscription.active"))["callback_url"]
        first.send(signal.SIGSTOP)
        async with team.relay(team.machine("b")) as second:
            await leads(second)
            second_url = second.of("subscription.active")[0]["callback_url"]
            assert team.graph.registered == {"page": (second_url, ["feed"])}
            writes = len(team.proxy.writes)
            first.send(signal.SIGCONT)
            await _told(first, "the lease is lost: b:")
            async with ClientSession() as session:
                senders = Senders(team.graph.secret)
                assert [await senders.one(session, url) for url in (first_url, second_url)] == [200, 200]
            first.send(signal.SIGTERM)
            assert await first.end() == 0
            assert first.of("subscription.kept") == []
            assert not any("no longer delivers here" in one["message"] for one in first.of("notice"))
            assert len(team.proxy.writes) == writes
            assert team.graph.registered == {"page": (second_url, ["feed"])}
            lease = (await team.status()).lease
            assert lease
            assert lease.holder.startswith("b:")
            second.send(signal.SIGTERM)
            assert await second.end() == 0
    assert len(team.proxy.writes) == writes
    assert team.graph.registered == {"page": (second_url, ["feed"])}


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_behind_one_address_a_second_relay_takes_over_without_a_word_to_meta(team: Team) -> None:
    """The public address of both may lead to either, also for the check before a registration."""
    async with Balancer() as balancer:
        arguments = ("--public-url", balancer.url)
        async with (
            team.relay(team.machine("a"), *arguments) as first,
            team.relay(team.machine("b"), *arguments) as second,
        ):
            for relay in (first, second):
                balancer.add(int((await relay.next("receiver.listening"))["url"].rpartition(":")[2]))
            await until(lambda: first.of("subscription.active") or second.of("subscription.active"), seconds=80)
            leader, other = (first, second) if first.of("subscription.active") else (second, first)
            await _stands_by(other)
            senders = Senders(team.graph.secret)
            async with ClientSession() as session:
                for _ in range(4):
                    assert await senders.one(session, balancer.url + PATH) == 200
                leader.send(signal.SIGTERM)
                assert await leader.end() == 0
                await leads(other)
                while await senders.one(session, balancer.url + PATH) != 200:
                    pass  # What the balancer still sends to the one that has ended.
            assert len(team.proxy.writes) == 1
            assert len(team.graph.server.verifier.attempts) == 1
    assert {one.relay for one in await team.entries()} == {"a", "b"}


async def _refused(senders: Senders) -> None:
    """Wait until one more was refused."""
    wanted = senders.refused + 1
    await until(lambda: senders.refused >= wanted, seconds=10)


async def _stands_by(relay: Program) -> None:
    await _told(relay, "talks to Meta; this relay receives as well")


async def _told(relay: Program, part: str) -> None:
    await until(lambda: any(part in notice["message"] for notice in relay.of("notice")), seconds=80)
