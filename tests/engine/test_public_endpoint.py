import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from aiohttp import ClientSession, web

from hookscope.engine.path_watch import Rhythm
from hookscope.engine.public_endpoint import PublicEndpoint
from hookscope.errors import GraphError, HandshakeError, HookscopeError, TunnelError
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Source
from hookscope.model.run_events import Captured, Level, Notice, Probed, RunEvent, TunnelDown, TunnelUp
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.secret_sources import Secret
from hookscope.settings import TunnelSettings
from hookscope.tunnel.base import Tunnel
from hookscope.tunnel.direct import DirectTunnel
from hookscope.tunnel.ngrok import NgrokTunnel
from tests.engine.fake_clock import FakeClock
from tests.fakes.fake_ngrok import FakeNgrok
from tests.support.until import until


class Relay(Tunnel):
    """A tunnel of the test's own, which leads straight to the receiver and fails on demand."""

    provider: ClassVar[str] = "relay"

    def __init__(self) -> None:
        self.failures: list[TunnelError] = []
        self.hosts = ["127.0.0.1"]
        self.gone: asyncio.Queue[str] = asyncio.Queue()
        self.signs = asyncio.Event()
        self.elsewhere: str | None = None

    async def open(self, local_url: str) -> str:
        if self.failures:
            raise self.failures.pop(0)
        host = self.hosts.pop(0) if len(self.hosts) > 1 else self.hosts[0]
        return self.elsewhere or local_url.replace("127.0.0.1", host)

    async def lost(self) -> str:
        return await self.gone.get()

    async def stirred(self) -> None:
        await self.signs.wait()
        self.signs.clear()

    async def close(self) -> None:
        pass


class Stage:
    """An address on a real receiver, and what it published."""

    def __init__(
        self, address: PublicEndpoint, receiver: Receiver, tunnel: Relay, items: list[RunEvent], clock: FakeClock
    ) -> None:
        self.address = address
        self.receiver = receiver
        self.tunnel = tunnel
        self.items = items
        self.clock = clock

    def of(self, kind: type[RunEvent]) -> list[RunEvent]:
        return [item for item in self.items if isinstance(item, kind)]


@asynccontextmanager
async def stage(
    tmp_path: Path,
    *,
    path: str = "/hook",
    token: str = "token",
    through: Tunnel | None = None,
    is_shared: bool = False,
) -> AsyncIterator[Stage]:
    """Set up an address, through a relay unless another tunnel is given, whose clock a test controls."""
    items: list[RunEvent] = []
    relay, clock = Relay(), FakeClock()
    policy = Policy(paths=frozenset(("/hook",)), verify_token="token", secrets=("s",))
    async with JournalWriter(tmp_path / "journal.db") as journal:
        receiver = Receiver(policy=policy, journal=journal, publish=items.append, run_id=None, source=Source.LIVE)
        async with receiver:
            address = PublicEndpoint(
                tunnel=through or relay,
                receiver=receiver,
                path=path,
                verify_token=token,
                publish=items.append,
                clock=clock,
                rhythm=Rhythm(timeout=0.3 if through else 6.0),
                is_shared=is_shared,
            )
            yield Stage(address, receiver, relay, items, clock)


class Registry:
    """Registers callbacks, with `failures` before that. `done` holds what was registered in the end."""

    def __init__(self, *failures: HookscopeError) -> None:
        self.failures = list(failures)
        self.asked: list[str] = []
        self.done: list[str] = []

    async def move(self, callback_url: str) -> None:
        self.asked.append(callback_url)
        if self.failures:
            raise self.failures.pop(0)
        self.done.append(callback_url)


async def test_the_callback_is_proven_before_it_is_given(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        callback_url = await on.address.open()
        assert callback_url.endswith("/hook")
        (probed,) = on.of(Probed)
        assert isinstance(probed, Probed)
        assert probed.ok


@pytest.mark.parametrize(("path", "token"), [("/elsewhere", "token"), ("/hook", "another")])
async def test_a_callback_that_leads_elsewhere_is_refused_with_the_reason(
    tmp_path: Path, path: str, token: str
) -> None:
    async with stage(tmp_path, path=path, token=token) as on:
        with pytest.raises(TunnelError, match="does not lead to this receiver"):
            await on.address.open()
        (probed,) = on.of(Probed)
        assert isinstance(probed, Probed)
        assert probed.diagnosis


async def test_a_proxy_of_ours_in_the_way_says_nothing_about_the_callback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with stage(tmp_path, through=DirectTunnel("https://hooks.invalid")) as on:
        with pytest.raises(TunnelError, match="cannot be checked from here: the proxy") as raised:
            await on.address.open()
    assert "HTTPS_PROXY" in (raised.value.hint or "")
    assert "must lead to" not in (raised.value.hint or "")


@pytest.mark.parametrize(("is_shared", "says"), [(False, "did not arrive at this receiver"), (True, None)])
async def test_of_a_shared_address_nobody_claims_where_a_request_arrived(
    tmp_path: Path, is_shared: bool, says: str | None
) -> None:
    async with stage(tmp_path, path="/elsewhere", is_shared=is_shared) as on:
        with pytest.raises(TunnelError) as raised:
            await on.address.open()
    assert says is None or says in raised.value.message
    assert ("arrive" in raised.value.message) == bool(says)


async def test_a_right_answer_of_somebody_else_is_found_out(tmp_path: Path) -> None:
    async def echo(request: web.BaseRequest) -> web.Response:
        return web.Response(text=request.query["hub.challenge"])

    runner = web.ServerRunner(web.Server(echo))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with stage(tmp_path) as on:
            on.tunnel.elsewhere = f"http://127.0.0.1:{runner.addresses[0][1]}"
            with pytest.raises(TunnelError, match="not from this receiver") as raised:
                await on.address.open()
    finally:
        await runner.cleanup()
    assert "must lead to http://127.0.0.1:" in (raised.value.hint or "")


async def test_a_start_asks_as_meta_and_as_a_browser_and_records_neither(tmp_path: Path) -> None:
    agents: list[str] = []

    async with stage(tmp_path) as on:

        async def pass_on(request: web.BaseRequest) -> web.Response:
            agents.append(request.headers["User-Agent"])
            if "Mozilla" in agents[-1]:
                return web.Response(text="<html>", headers={"ngrok-error-code": "ERR_NGROK_6024"})
            async with ClientSession() as session, session.get(f"{on.receiver.url}{request.rel_url}") as answer:
                return web.Response(text=await answer.text())

        runner = web.ServerRunner(web.Server(pass_on))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            on.tunnel.elsewhere = f"http://127.0.0.1:{runner.addresses[0][1]}"
            await on.address.open()
        finally:
            await runner.cleanup()
        (notice,) = on.of(Notice)
        assert isinstance(notice, Notice)
        assert not on.of(Captured)
    assert notice.level is Level.INFO
    assert "browsers only" in notice.message
    assert sum("facebookplatform" in agent for agent in agents) == 1


async def test_a_minor_problem_is_a_warning(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        local = await on.tunnel.open(on.receiver.url)

        async def forward(request: web.BaseRequest) -> web.Response:
            raise web.HTTPTemporaryRedirect(f"{local}{request.raw_path}")

        runner = web.ServerRunner(web.Server(forward))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            on.tunnel.elsewhere = f"http://127.0.0.1:{runner.addresses[0][1]}"
            await on.address.open()
        finally:
            await runner.cleanup()
        (notice,) = on.of(Notice)
        assert isinstance(notice, Notice)
        assert "after a redirect" in notice.message


@asynccontextmanager
async def kept(on: Stage, registry: Registry) -> AsyncIterator[str]:
    """Open the address and keep it; its first callback URL."""
    callback_url = await on.address.open()
    keeping = asyncio.create_task(on.address.keep(callback_url, registry.move))
    try:
        yield callback_url
        assert not keeping.done()
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


async def test_a_tunnel_that_comes_back_elsewhere_moves_the_callback(tmp_path: Path) -> None:
    registry = Registry()
    async with stage(tmp_path) as on, kept(on, registry) as callback_url:
        on.tunnel.hosts = ["localhost"]
        on.tunnel.gone.put_nowait("it died")
        await on.clock.run(lambda: registry.done)
        assert registry.done == [callback_url.replace("127.0.0.1", "localhost")]
        (down,) = on.of(TunnelDown)
        assert isinstance(down, TunnelDown)
        assert down.reason == "it died"


async def test_a_tunnel_that_comes_back_at_the_same_url_moves_nothing(tmp_path: Path) -> None:
    registry = Registry()
    async with stage(tmp_path) as on, kept(on, registry):
        on.tunnel.gone.put_nowait("it died")
        await on.clock.run(lambda: len(on.of(Probed)) == 2)
        assert registry.asked == []


async def test_a_tunnel_that_does_not_come_back_at_once_is_tried_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as on, kept(on, Registry()):
        on.tunnel.failures = [TunnelError("not yet") for _ in range(12)]
        on.tunnel.gone.put_nowait("it died")
        await on.clock.run(lambda: len(on.of(TunnelUp)) == 2)
        assert any(isinstance(item, Notice) and "not yet" in item.message for item in on.items)


async def test_a_registration_of_the_new_url_is_tried_until_it_holds(tmp_path: Path) -> None:
    registry = Registry(*[GraphError("the Graph API is down", hint="do this") for _ in range(20)])
    async with stage(tmp_path) as on, kept(on, registry):
        on.tunnel.hosts = ["localhost"]
        on.tunnel.gone.put_nowait("it died")
        await on.clock.run(lambda: registry.done)
        assert len(registry.asked) == 21
        told = [item for item in on.items if isinstance(item, Notice) and item.hint == "do this"]
        assert len(told) == 1
        assert "trying again" in told[0].message


async def test_a_handshake_that_meta_refused_is_repeated_slowly(tmp_path: Path) -> None:
    registry = Registry(HandshakeError("refused"), HandshakeError("refused"))
    async with stage(tmp_path) as on, kept(on, registry):
        on.tunnel.hosts = ["localhost"]
        on.tunnel.gone.put_nowait("it died")
        await on.clock.run(lambda: registry.asked)
        began = on.clock.elapsed()
        await on.clock.run(lambda: registry.done)
        assert on.clock.elapsed() - began > 300


async def test_a_tunnel_that_moves_twice_registers_the_last_url(tmp_path: Path) -> None:
    registry = Registry(*[GraphError("down") for _ in range(5)])
    async with stage(tmp_path) as on, kept(on, registry) as callback_url:
        on.tunnel.hosts = ["localhost", "127.0.0.1"]
        on.tunnel.gone.put_nowait("it died")
        await on.clock.run(lambda: registry.asked)
        on.tunnel.gone.put_nowait("it died again")
        await until(lambda: len(on.of(TunnelDown)) == 2)
        await on.clock.run(lambda: registry.done)
        # Back where it was first, and yet the registration may have gone half the way.
        assert registry.done == [callback_url]


async def test_a_sign_of_the_tunnels_has_the_path_probed(tmp_path: Path) -> None:
    async with stage(tmp_path) as on, kept(on, Registry()):
        began = on.clock.elapsed()
        await on.clock.run(lambda: on.clock.elapsed() > began + 20)
        on.tunnel.signs.set()
        await on.clock.run(lambda: len(on.of(Probed)) == 2)
        assert on.clock.elapsed() - began < 60


@pytest.mark.slow
async def test_an_agent_that_swallows_bytes_is_noticed_while_its_process_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeNgrok(tmp_path / "ngrok.jsonl", monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    settings = TunnelSettings(ngrok_path=fake.path, authtoken=Secret("2abcDEFghiJKLmnoPQRstuVWXyz_0123456789abcdef"))
    tunnel = NgrokTunnel(settings, key="1-a", announce=lambda _: None)

    def told() -> list[bool]:
        return [item.ok for item in on.items if isinstance(item, Probed)]

    try:
        async with stage(tmp_path, through=tunnel) as on, kept(on, Registry()):
            await fake.swallows()
            began = on.clock.elapsed()
            await on.clock.run(lambda: told() == [True, False])
            assert on.clock.elapsed() - began <= 150
            assert len(fake.running) == 1
            await fake.flows()
            await on.clock.run(lambda: told()[-1])
    finally:
        await tunnel.close()


async def test_a_line_in_the_agents_log_is_a_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeNgrok(tmp_path / "ngrok.jsonl", monkeypatch)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    tunnel = NgrokTunnel(TunnelSettings(ngrok_path=fake.path), key="1-a", announce=lambda _: None)
    try:
        await tunnel.open("http://127.0.0.1:9")
        sign = asyncio.create_task(tunnel.stirred())
        await fake.logs('t=2026-11-20T19:33:28+0000 lvl=warn msg="heartbeat timeout, terminating session" obj=csess')
        await until(sign.done)
    finally:
        await tunnel.close()
