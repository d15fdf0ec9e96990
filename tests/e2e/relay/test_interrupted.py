"""A relay that ends between any two of its steps: what was there before can be put back, whoever comes next."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.sandbox.entities import CallbackOverride
from hookscope.secret_sources import Secret
from hookscope.team.address import check_address
from hookscope.team.opening import initialize_log
from hookscope.team.registration_record import RegistrationRecord
from tests.e2e.conftest import Graph, Production
from tests.e2e.relay.conftest import PATH, CountingProxy, Team
from tests.graph.make import displacing
from tests.support.free_port import free_port
from tests.support.program import Done, Home, Program, call
from tests.support.slow import slow_rows_after
from tests.support.until import until

BEFORE, AFTER = "before", "after"


class HoldingProxy(CountingProxy):
    """Holds back one call: `at` is its number, and whether it is held before it is made, or its answer is."""

    def __init__(self, graph_url: str) -> None:
        super().__init__(graph_url)
        self.at: tuple[int, str] | None = None
        self.held = asyncio.Event()
        self.free = asyncio.Event()
        self._count = 0

    def hold(self, number: int, when: str) -> None:
        """Hold back a call, counted from now on."""
        self.at, self._count = (number, when), 0
        self.held.clear()
        self.free.clear()

    async def _pass(self, request: web.Request) -> web.Response:
        number, self._count = self._count, self._count + 1
        await self._stop_at(number, BEFORE)
        answer = await super()._pass(request)
        await self._stop_at(number, AFTER)
        return answer

    async def _stop_at(self, number: int, when: str) -> None:
        if self.at == (number, when):
            self.held.set()
            await self.free.wait()


@pytest.fixture
async def team(graph: Graph, database: str, tmp_path: Path) -> AsyncIterator[Team]:
    await initialize_log(check_address(database))
    async with HoldingProxy(graph.server.url) as proxy:
        yield Team(graph, proxy, database, tmp_path / "machines")


class Change:
    """What a relay changes, with somebody's callback in place before, and the arguments that ask for it."""

    def __init__(self, kind: str, team: Team, production: Production) -> None:
        self._team = team
        world = team.graph.server.world
        takes = ("--takeover", "--restore-verify-token", production.token)
        self.tokens = {
            "HOOKSCOPE_PAGE_TOKEN": world.page.token.reveal(),
            "HOOKSCOPE_USER_TOKEN": world.user.token.reveal(),
        }
        match kind:
            case "app":
                self.arguments: tuple[str, ...] = ("--fields", "feed", *takes)
            case "page":
                self.arguments = ("--fields", "feed,messages", "--page", world.page.id, *takes)
                world.install(world.page.id, team.graph.app_id, ("feed",))
            case "waba":
                self.arguments = ("--object", "whatsapp_business_account", "--fields", "messages")
                self.arguments += ("--scope", f"waba:{world.whatsapp.id}", *takes)
                override = CallbackOverride(callback_url=production.url, verify_token=Secret(production.token))
                world.install_whatsapp(team.graph.app_id, override)

    @property
    def state(self) -> tuple[Any, ...]:
        """Everything that Meta has of the app."""
        world, app_id = self._team.graph.server.world, self._team.graph.app_id
        override = world.whatsapp.override(app_id)
        return self._team.graph.registered, world.page.installed, override and override.callback_url


class Machines:
    """Two machines with ledgers and addresses of their own."""

    def __init__(self, team: Team, change: Change) -> None:
        self._team, self._change = team, change
        self.first, self.second = team.machine("a"), team.machine("b")
        self._ports = {self.first: free_port(), self.second: free_port()}

    def relay(self, home: Home) -> AbstractAsyncContextManager[Program]:
        """Start the relay of a machine."""
        return self._team.relay(home, *self._change.arguments, port=self._ports[home], **self._change.tokens)

    def hold(self, number: int, when: str) -> HoldingProxy:
        """Have a call held back, so many calls from now on."""
        proxy = self._team.proxy
        assert isinstance(proxy, HoldingProxy)
        proxy.hold(number, when)
        return proxy

    async def interrupt(self, number: int, when: str, home: Home | None = None) -> None:
        """Have a relay, the first one unless another is named, killed while a call is held back."""
        proxy = self.hold(number, when)
        async with self.relay(home or self.first) as relay:
            held, ended = asyncio.create_task(proxy.held.wait()), asyncio.create_task(relay.process.wait())
            await asyncio.wait((held, ended), return_when=asyncio.FIRST_COMPLETED)
            assert proxy.held.is_set(), relay.errors
            await relay.kill()
            await asyncio.wait((ended,))
        proxy.at = None
        proxy.free.set()
        await self._end_lease()

    async def take_turn(self, home: Home) -> None:
        """Have a relay register, and end."""
        async with self.relay(home) as relay:
            await self.has_registered(relay)
            assert self.url(home) in str(self._change.state)
            shown = await self.call(home, "relay", "status")
            assert f"→ {self.url(home)}" in shown.stdout
            assert "announced" not in shown.stdout
            relay.send(signal.SIGTERM)
            assert await relay.end() == 0

    async def tear_down(self) -> None:
        """Put everything back: first on the machine whose ledger has what was there before."""
        for home in sorted((self.first, self.second), key=_knows_what_was_there, reverse=True):
            done = await self.call(home, "teardown")
            assert done.code == 0, done.stderr

    async def call(self, home: Home, *arguments: str, **environment: str) -> Done:
        """Run the program on a machine."""
        given = {**self._team.environment, **self._change.tokens, **environment}
        return await call(home, *arguments, environment=given)

    async def _end_lease(self) -> None:
        """End the lease of a relay that was killed; otherwise, that takes half a minute."""
        import psycopg

        async with await psycopg.AsyncConnection.connect(self._team.log_url, autocommit=True) as connection:
            await connection.execute("UPDATE hookscope.lease SET until = now() - interval '1 s'")

    async def has_registered(self, relay: Program) -> None:
        """Wait until a relay has registered everything, and has left that in the log."""
        async with asyncio.timeout(80):
            while True:
                assert relay.process.returncode is None, relay.errors
                status = await self._team.status()
                if status.lease and RegistrationRecord.from_state(status.state).holder == status.lease.holder:
                    return
                await asyncio.sleep(0.05)

    def url(self, home: Home) -> str:
        return f"http://127.0.0.1:{self._ports[home]}{PATH}"


def _knows_what_was_there(home: Home) -> bool:
    ledger = home.state / "ledger.db"
    accounts = [entry.displaced for entry in InstallationLedger(ledger).open_entries()]
    return any(entry.displaced for entry in Ledger(ledger).open_entries()) or any(
        installed and (installed.override_url or installed.fields) for installed in accounts
    )


STEPS = [
    ("app", 2, AFTER),  # Registered, without an answer.
    ("waba", 5, AFTER),
    ("page", 9, AFTER),
    *(("app", number, when) for number, when in ((1, AFTER), (2, BEFORE), (3, BEFORE), (3, AFTER))),
    *(("waba", number, when) for number, when in ((4, AFTER), (5, BEFORE), (6, AFTER))),
    *(("page", number, when) for number, when in ((6, AFTER), (9, BEFORE), (10, AFTER))),
]
"""Which call to Meta is the last one, its number, and whether it was made.

The change is call 2 on the app, call 5 on a WhatsApp account, and calls 6 and 9 with a Page.
"""
FOLLOWERS = ["another, then itself", "itself", "another"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("kind", "number", "when", "follows"), slow_rows_after(1, [(*step, who) for step in STEPS for who in FOLLOWERS])
)
async def test_a_relay_that_was_killed_leaves_a_way_back_whoever_comes_next(
    team: Team, production: Production, kind: str, number: int, when: str, follows: str
) -> None:
    topic, fields = ("whatsapp_business_account", ["messages"]) if kind == "waba" else ("page", ["feed", "messages"])
    await team.graph.preset(production.url, fields, topic)
    change = Change(kind, team, production)
    before, machines = change.state, Machines(team, change)
    await machines.interrupt(number, when)
    if "another" in follows:
        await machines.take_turn(machines.second)
    if "itself" in follows:
        await machines.take_turn(machines.first)
    await machines.tear_down()
    assert change.state == before


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("knows_log", [True, False], ids=["with the log", "without the log"])
async def test_a_teardown_takes_the_next_relay_s_callback_for_its_own_once_that_relay_has_ended(
    team: Team, production: Production, knows_log: bool
) -> None:
    await team.graph.preset(production.url, ["feed", "messages"])
    change = Change("app", team, production)
    before, machines = change.state, Machines(team, change)
    await machines.interrupt(2, AFTER)
    log = {} if knows_log else {"HOOKSCOPE_LOG": ""}
    async with machines.relay(machines.second) as relay:
        await machines.has_registered(relay)
        during = change.state
        assert during != before
        if knows_log:
            for arguments in (("teardown", "--dry-run"), ("teardown",)):
                kept = await machines.call(machines.first, *arguments)
                assert "keeps it registered: stop it first, then repeat this" in kept.stdout
                assert change.state == during
        relay.send(signal.SIGTERM)
        assert await relay.end() == 0
    if knows_log:
        away = {"HOOKSCOPE_LOG": f"postgresql://nobody@127.0.0.1:{free_port()}/hooks"}
        failed = await machines.call(machines.first, "teardown", **away)
        assert failed.code != 0
        assert f"{machines.url(machines.second)}, which is not known to be ours" in failed.stdout
        assert change.state == during
    done = await machines.call(machines.first, "teardown", **log)
    by_hand = f"hookscope subscriptions add --app-id {team.graph.app_id} --object page --callback-url {production.url}"
    if knows_log:
        assert (done.code, done.stderr) == (0, "")
        assert change.state == before
        return
    assert done.code == 7
    assert "tear down with HOOKSCOPE_LOG set to its log, or else give it up with --forget" in done.stderr
    assert change.state == during
    forgotten = await machines.call(machines.first, "teardown", "--forget", **log)
    assert forgotten.code == 0
    assert f"to register it again: {by_hand}" in forgotten.stderr
    assert change.state == during


async def test_a_log_that_does_not_know_an_entry_s_relay_does_not_end_its_way_back(team: Team) -> None:
    """It may be that of another app, or another one of this app."""
    await team.graph.preset("http://127.0.0.1:1/second", ["feed"])
    home = team.machine("a")
    ledger = Ledger(home.state / "ledger.db")
    left = ledger.begin(displacing("feed", graph_url=team.proxy.url, app_id=team.graph.app_id, is_relays=True))
    done = await call(home, "teardown", environment=team.environment)
    assert done.code == 7
    assert "tear down with HOOKSCOPE_LOG set to its log, or else give it up with --forget" in done.stderr
    assert ledger.open_entries() == [left]


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_teardown_leaves_a_page_to_the_relay_that_is_live_on_another_machine(
    team: Team, production: Production
) -> None:
    change = Change("page", team, production)
    before, machines = change.state, Machines(team, change)
    await machines.take_turn(machines.first)
    async with machines.relay(machines.second) as relay:
        await machines.has_registered(relay)
        during = change.state
        kept = await machines.call(machines.first, "teardown")
        assert kept.stdout.count("keeps it registered: stop it first, then repeat this") == 2
        assert change.state == during
        relay.send(signal.SIGTERM)
        assert await relay.end() == 0
    await machines.tear_down()
    assert change.state == before


@pytest.mark.slow
async def test_a_teardown_writes_nothing_into_the_entry_of_a_live_relay(team: Team, production: Production) -> None:
    """It would undo what the relay writes at the same time, such as the next address of its tunnel."""
    await team.graph.preset(production.url, ["feed", "messages"])
    machines = Machines(team, Change("app", team, production))
    async with machines.relay(machines.first) as relay:
        await machines.has_registered(relay)
        ledger = Ledger(machines.first.state / "ledger.db")
        before = ledger.open_entries()
        done = await machines.call(machines.first, "teardown")
        assert "the relay that holds it is live: stop it first" in done.stdout
        assert ledger.open_entries() == before


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_call_of_a_suspended_relay_that_comes_after_the_next_one_s_is_mended(
    team: Team, production: Production
) -> None:
    machines = Machines(team, Change("app", team, production))
    proxy = machines.hold(2, BEFORE)
    async with machines.relay(machines.first) as first:
        await proxy.held.wait()
        first.send(signal.SIGSTOP)
        async with machines.relay(machines.second) as second:
            await machines.has_registered(second)
            ours = team.graph.registered
            first.send(signal.SIGCONT)
            proxy.free.set()
            await until(lambda: team.graph.registered != ours)
            await until(lambda: team.graph.registered == ours, seconds=80)
            assert any("still points to an earlier address" in one["message"] for one in second.of("notice"))
            await until(lambda: any("the lease is lost: b:" in one["message"] for one in first.of("notice")))


@pytest.mark.slow
async def test_the_status_tells_what_is_registered_although_nobody_has_the_lease(
    team: Team, production: Production
) -> None:
    machines = Machines(team, Change("app", team, production))
    await machines.interrupt(2, AFTER)
    shown = (await machines.call(machines.second, "relay", "status")).stdout
    assert "none has the lease" in shown
    assert f"announced  {machines.url(machines.first)}, which Meta may not have yet" in shown
    await machines.take_turn(machines.first)
    shown = (await machines.call(machines.second, "relay", "status")).stdout
    assert "none has the lease" in shown
    assert "registered page: feed" in shown
    assert f"→ {machines.url(machines.first)}" in shown
    await machines.interrupt(2, BEFORE, machines.second)
    shown = (await machines.call(machines.first, "relay", "status")).stdout
    assert f"→ {machines.url(machines.first)}" in shown
    assert f"announced  {machines.url(machines.second)}, which Meta may not have yet" in shown
