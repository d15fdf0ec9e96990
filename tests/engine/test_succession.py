"""Several relays of one log, in one process: one talks to Meta, the others stand by, and nothing is made twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hookscope.engine.succession import Succession
from hookscope.errors import ForeignCallbackError
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Source
from hookscope.model.run_events import (
    Ending,
    Level,
    Notice,
    PhaseChanged,
    RunEvent,
    SubscriptionActive,
    SubscriptionEnded,
    SubscriptionSeen,
)
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.sandbox.server import SandboxServer
from hookscope.secret_sources import Secret
from hookscope.settings import App, LeaseSettings, RunSettings, Topic, TunnelSettings
from hookscope.team.hold import Hold, LeaseTiming
from hookscope.team.log import Grant, LogRefusedError, LogUnavailableError
from hookscope.team.registration_record import RegistrationRecord
from tests.support.until import until
from tests.team.memory_log import MemoryEngine, MemoryLog

TOKEN, PATH = "our-token", "/meta"
TIMING = LeaseTiming(ttl=30.0, renew=0.01, look=0.01, again=0.01, spare=15.0)


class Relay:
    """The part of a relay that talks to Meta, what it published, and for how long it was to wait."""

    def __init__(self, succession: Succession, hold: Hold, url: str, items: list[RunEvent], waits: list[float]) -> None:
        self.succession, self.hold, self.url, self.items, self.waits = succession, hold, url, items, waits
        self.task = asyncio.create_task(succession.run())

    def of(self, kind: type[RunEvent]) -> list[Any]:
        return [item for item in self.items if isinstance(item, kind)]

    def told(self, level: Level, part: str) -> bool:
        return any(notice.level is level and part in notice.message for notice in self.of(Notice))

    async def registers(self) -> None:
        await until(lambda: (self.of(SubscriptionActive) and self.hold.grant) or self.task.done())
        if self.task.done():
            self.task.result()

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    async with SandboxServer() as server:
        yield server


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
async def start(
    sandbox: SandboxServer, engine: MemoryEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Any]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    address = sandbox.address
    app = App(app_id=address.app_id, secret=address.app_secret, graph_url=address.base_url)
    started: list[Relay] = []

    @asynccontextmanager
    async def go(
        key: str, *fields: str, public_url: str | None = None, timing: LeaseTiming = TIMING
    ) -> AsyncIterator[Relay]:
        items: list[RunEvent] = []
        waits: list[float] = []

        async def wait(seconds: float) -> None:
            waits.append(seconds)
            await asyncio.sleep(0.01)

        policy = Policy(paths=frozenset((PATH,)), verify_token=TOKEN, secrets=(app.secret.reveal(),))
        settings = RunSettings(
            app=app,
            topics=(Topic(object="page", fields=fields or ("feed",)),),
            tunnel=TunnelSettings(name="none", public_url=public_url),
            lease=LeaseSettings(verify_token=TOKEN),
            path=PATH,
            journal=tmp_path / f"{key}.db",
        )
        async with (
            JournalWriter(settings.journal) as journal,
            Receiver(policy=policy, journal=journal, publish=items.append, run_id=None, source=Source.LIVE) as receiver,
            MemoryLog(engine, app_id="1") as log,
        ):
            hold = Hold(log, holder=key, timing=timing)
            succession = Succession(
                settings, key=key, receiver=receiver, log=log, hold=hold, publish=items.append, wait=wait
            )
            relay = Relay(succession, hold, receiver.url, items, waits)
            started.append(relay)
            yield relay
            await relay.stop()

    yield go
    for relay in started:
        await relay.stop()


def shown(sandbox: SandboxServer) -> tuple[str, Sequence[str]] | None:
    found = sandbox.world.registration(sandbox.address.app_id, "page")
    return (found.callback_url, sorted(found.fields)) if found else None


async def test_one_registers_and_the_other_goes_on_where_it_ends(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine
) -> None:
    async with start("a") as first:
        await first.registers()
        async with start("b", public_url=first.url) as second:
            await until(lambda: second.told(Level.INFO, "a talks to Meta; this relay receives as well"))
            handshakes = len(sandbox.verifier.attempts)
            await first.stop()
            assert [ended.ending for ended in first.of(SubscriptionEnded)] == [Ending.KEPT]
            await second.registers()
            assert len(sandbox.verifier.attempts) == handshakes
            assert shown(sandbox) == (first.url + PATH, ["feed"])
            state = RegistrationRecord.from_state(engine.state)
            assert state.callback_urls == (first.url + PATH,)
            assert state.fields == {"page": ("feed",)}


async def test_with_an_address_of_its_own_the_next_one_moves_the_registration_there(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine
) -> None:
    async with start("a") as first, start("b") as second:
        leader, other = (first, second) if first.hold.grant else (second, first)
        await until(lambda: first.of(SubscriptionActive) or second.of(SubscriptionActive))
        leader, other = (first, second) if first.of(SubscriptionActive) else (second, first)
        await leader.stop()
        await other.registers()
        assert shown(sandbox) == (other.url + PATH, ["feed"])
        await until(lambda: RegistrationRecord.from_state(engine.state).callback_urls[-1] == other.url + PATH)


async def test_after_one_that_ended_right_after_its_registration_the_next_one_takes_over_on_another_machine(
    start: Any, sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = MemoryLog.renew

    async def crash(log: MemoryLog, grant: Grant, *, ttl: float, state: bytes | None = None) -> Grant | None:
        if state and shown(sandbox):
            raise LogUnavailableError("it has ended by now")
        return await renew(log, grant, ttl=ttl, state=state)

    async with start("a") as first:
        with monkeypatch.context() as patched:
            patched.setattr(MemoryLog, "renew", crash)
            await first.registers()
            await first.stop()
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
        async with start("b") as second:
            await second.registers()
            assert shown(sandbox) == (second.url + PATH, ["feed"])


async def test_a_callback_that_has_moved_is_no_strangers_to_the_next_one(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start("a") as first:
        await first.registers()
        elsewhere = first.url.replace("127.0.0.1", "localhost") + PATH
        await first.succession.registration._move(elsewhere)
        assert shown(sandbox) == (elsewhere, ["feed"])
        assert RegistrationRecord.from_state(engine.state).callback_urls == (first.url + PATH, elsewhere)
        await first.stop()
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another"))
        async with start("b") as second:
            await second.registers()
            assert shown(sandbox) == (second.url + PATH, ["feed"])


async def test_who_has_lost_the_lease_changes_nothing_and_puts_nothing_back(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine
) -> None:
    async with start("a") as first:
        await first.registers()
        before = shown(sandbox)
        assert engine.lease
        stale = first.hold.grant
        engine.lease_ends = 0.0
        async with MemoryLog(engine, app_id="1") as log:
            assert await log.take(holder="somebody", ttl=3600)
            await until(lambda: first.told(Level.WARNING, "the lease is lost: somebody has it now"))
            assert not first.of(SubscriptionEnded)
            assert first.succession.registration is None
            assert stale
            assert await log.renew(stale, ttl=30, state=b"stale") is None
            assert engine.state != b"stale"
        await first.stop()
        assert shown(sandbox) == before
        assert not first.of(SubscriptionEnded)


async def test_who_loses_the_lease_before_the_first_call_makes_none_and_stands_by(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = MemoryLog.renew

    async def lose(log: MemoryLog, grant: Grant, *, ttl: float, state: bytes | None = None) -> Grant | None:
        if state:
            engine.lease_ends = 0.0
            assert await log.take(holder="somebody", ttl=3600)
        return await renew(log, grant, ttl=ttl, state=state)

    monkeypatch.setattr(MemoryLog, "renew", lose)
    async with start("a", timing=replace(TIMING, renew=10.0)) as relay:
        await until(lambda: relay.told(Level.WARNING, "the lease is lost: somebody has it now"))
        assert not relay.task.done()
    assert shown(sandbox) is None


async def test_a_callback_is_registered_once_the_log_has_taken_its_record(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, refused = MemoryLog.renew, list[object]()

    async def refuse(log: MemoryLog, grant: Grant, *, ttl: float, state: bytes | None = None) -> Grant | None:
        if state and len(refused) < 3:
            refused.append(shown(sandbox))
            raise LogUnavailableError("not yet")
        return await renew(log, grant, ttl=ttl, state=state)

    monkeypatch.setattr(MemoryLog, "renew", refuse)
    async with start("a") as relay:
        await relay.registers()
        await until(lambda: RegistrationRecord.from_state(engine.state).holder == "a")
    assert (refused, relay.waits) == ([None] * 3, [1.0] * 3)


async def test_a_foreign_callback_ends_the_first_one_and_gives_the_lease_back(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine
) -> None:
    _preset(sandbox)
    async with start("a") as relay:
        with pytest.raises(ForeignCallbackError):
            await relay.task
    assert engine.lease is None
    assert shown(sandbox) == ("https://prod.example.com/hook", ["feed"])


async def test_a_failure_of_one_that_takes_over_is_told_and_tried_again(start: Any, sandbox: SandboxServer) -> None:
    async with start("a") as first:
        await first.registers()
        async with start("b", public_url=first.url) as second:
            await until(lambda: second.of(Notice))
            _preset(sandbox)
            await first.stop()
            await until(lambda: second.told(Level.ERROR, "somebody else's callback is registered"))
            await until(lambda: len(second.waits) > 4)
            assert second.waits[:5] == [10.0, 30.0, 60.0, 300.0, 300.0]
            assert shown(sandbox) == ("https://prod.example.com/hook", ["feed"])
            sandbox.world.unsubscribe(sandbox.address.app_id, "page")
            await second.registers()
            assert shown(sandbox) == (first.url + PATH, ["feed"])


def _preset(sandbox: SandboxServer) -> None:
    sandbox.world.unsubscribe(sandbox.address.app_id, "page")
    sandbox.world.subscribe(
        sandbox.address.app_id,
        "page",
        callback_url="https://prod.example.com/hook",
        verify_token=Secret("t"),
        fields=("feed",),
        version="v25.0",
    )


async def test_a_call_that_outlasts_the_lease_is_not_made(start: Any, sandbox: SandboxServer) -> None:
    async with start("a", timing=replace(TIMING, ttl=10.0)) as relay:
        await until(relay.task.done)
        assert "may not change the registration now" in str(relay.task.exception())
    assert shown(sandbox) is None


async def test_a_call_ends_before_its_permit_does(
    start: Any, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope.engine.registration._PERMITTED_SECONDS", 0.3)
    sandbox.knobs.slow_post = 30
    async with start("a") as relay:
        await until(relay.task.done)
        assert "no answer within 0.3 s" in str(relay.task.exception())


async def test_a_log_that_is_away_ends_nothing(start: Any, sandbox: SandboxServer, engine: MemoryEngine) -> None:
    """Neither right after the registration, nor for longer than the lease lasts."""
    async with start("a") as relay:
        await relay.registers()
        await engine.stop()
        engine.lease_ends = 0.0
        relay.hold._ends = 0.0
        await until(lambda: relay.told(Level.WARNING, "the lease is lost"))
        assert not relay.task.done()
        engine.start()
        await until(lambda: len(relay.of(SubscriptionActive)) == 2)
        await until(lambda: RegistrationRecord.from_state(engine.state).holder == "a")
        assert not relay.task.done()
    assert len(sandbox.verifier.attempts) == 1


async def test_a_log_that_is_away_at_the_start_is_waited_for(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine
) -> None:
    async with start("a") as relay:
        engine.available = False
        await until(lambda: relay.of(PhaseChanged))
        assert not relay.task.done()
        engine.start()
        await relay.registers()
        assert shown(sandbox) == (relay.url + PATH, ["feed"])


async def test_a_check_that_fails_is_told_and_the_next_one_follows(
    start: Any, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope.engine.registration._CHECK_DELAYS", (0.02,))
    async with start("a") as relay:
        await relay.registers()
        sandbox.knobs.turn({"failing_calls": 1, "failing_method": "GET", "call_failure": "403"})
        await until(lambda: relay.told(Level.WARNING, "HTTP 403"))
        seen = len(relay.of(SubscriptionSeen))
        await until(lambda: len(relay.of(SubscriptionSeen)) > seen)
        assert not relay.task.done()


async def test_a_log_that_refuses_for_a_while_ends_no_relay_that_is_live(
    start: Any, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while its database is restored: it does not exist then."""

    async def refuse(*_: object, **__: object) -> None:
        raise LogRefusedError("there is no such database")

    async with start("a") as relay:
        await relay.registers()
        with monkeypatch.context() as patched:
            patched.setattr(MemoryLog, "take", refuse)
            patched.setattr(MemoryLog, "renew", refuse)
            await until(lambda: relay.told(Level.ERROR, "there is no such database"))
            await until(lambda: relay.hold.grant is None)
        engine.lease_ends = 0.0
        await until(lambda: len(relay.of(SubscriptionActive)) == 2)
        assert not relay.task.done()


async def test_what_was_switched_off_or_removed_is_registered_again(
    start: Any, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But nothing is registered over somebody else's callback, nor without the lease."""
    monkeypatch.setattr("hookscope.engine.registration._CHECK_DELAYS", (0.02,))
    app_id, world = sandbox.address.app_id, sandbox.world
    async with start("a") as relay:
        await relay.registers()
        ours = shown(sandbox)
        found = world.registration(app_id, "page")
        assert found
        world.registrations[app_id, "page"] = replace(found, active=False)
        await until(lambda: relay.told(Level.WARNING, "it is inactive"))
        await until(lambda: (again := world.registration(app_id, "page")) and again.active)
        world.unsubscribe(app_id, "page")
        await until(lambda: shown(sandbox) == ours)
        assert relay.told(Level.WARNING, "nothing is registered for it anymore")

        _preset(sandbox)
        await until(lambda: relay.told(Level.WARNING, "which somebody else registered"))
        handshakes, seen = len(sandbox.verifier.attempts), len(relay.of(SubscriptionSeen))
        await until(lambda: len(relay.of(SubscriptionSeen)) > seen + 2)
        assert shown(sandbox) == ("https://prod.example.com/hook", ["feed"])
        assert len(sandbox.verifier.attempts) == handshakes
        world.unsubscribe(app_id, "page")
        await until(lambda: shown(sandbox) == ours)
        assert relay.hold.grant


async def test_who_has_lost_the_lease_registers_nothing_again(
    start: Any, sandbox: SandboxServer, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookscope.engine.registration._CHECK_DELAYS", (0.02,))
    async with start("a", timing=replace(TIMING, renew=30.0)) as relay:
        await relay.registers()
        engine.lease_ends = 0.0
        async with MemoryLog(engine, app_id="1") as log:
            assert await log.take(holder="somebody", ttl=3600)
            relay.hold._ends = 0.0  # As after a suspension: it must ask before it changes anything.
            sandbox.world.unsubscribe(sandbox.address.app_id, "page")
            await until(lambda: relay.hold.grant is None)
        await relay.stop()
    assert shown(sandbox) is None


async def test_further_fields_of_a_new_release_are_added(start: Any, sandbox: SandboxServer) -> None:
    async with start("a") as first:
        await first.registers()
        await first.stop()
        async with start("b", "feed", "leadgen", public_url=first.url) as second:
            await second.registers()
            assert shown(sandbox) == (first.url + PATH, ["feed", "leadgen"])
