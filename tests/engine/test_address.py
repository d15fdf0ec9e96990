import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from hookscope.capture.item import Item, Notice, Probed, TunnelDown, TunnelUp
from hookscope.capture.journal import Journal
from hookscope.capture.record import Source
from hookscope.engine.address import Address
from hookscope.errors import GraphError, TunnelError
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.tunnel.base import Tunnel


class Relay(Tunnel):
    """A tunnel of the test's own, which leads straight to the receiver and fails on demand."""

    provider: ClassVar[str] = "relay"

    def __init__(self) -> None:
        self.failures: list[TunnelError] = []
        self.hosts = ["127.0.0.1"]
        self.gone: asyncio.Queue[str] = asyncio.Queue()

    async def open(self, local_url: str) -> str:
        if self.failures:
            raise self.failures.pop(0)
        host = self.hosts.pop(0) if len(self.hosts) > 1 else self.hosts[0]
        return local_url.replace("127.0.0.1", host)

    async def lost(self) -> str:
        return await self.gone.get()

    async def close(self) -> None:
        pass


class Stage:
    """An address on a real receiver, and what it published."""

    def __init__(self, address: Address, tunnel: Relay, items: list[Item]) -> None:
        self.address = address
        self.tunnel = tunnel
        self.items = items

    def of(self, kind: type[Item]) -> list[Item]:
        return [item for item in self.items if isinstance(item, kind)]


@asynccontextmanager
async def stage(tmp_path: Path, *, path: str = "/hook", token: str = "token") -> AsyncIterator[Stage]:
    items: list[Item] = []
    tunnel = Relay()
    policy = Policy(paths=frozenset(("/hook",)), verify_token="token", secrets=("s",))
    async with Journal(tmp_path / "journal.db") as journal:
        receiver = Receiver(policy=policy, journal=journal, publish=items.append, run_id=None, source=Source.LIVE)
        async with receiver:
            address = Address(tunnel=tunnel, receiver=receiver, path=path, verify_token=token, publish=items.append)
            yield Stage(address, tunnel, items)


async def test_the_callback_is_proven_before_it_is_given(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        callback_url = await on.address.open()
        assert callback_url.endswith("/hook")
        (probed,) = on.of(Probed)
        assert isinstance(probed, Probed)
        assert probed.ok


@pytest.mark.parametrize("wrong", [{"path": "/elsewhere"}, {"token": "another"}])
async def test_a_callback_that_leads_elsewhere_is_refused_with_the_reason(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    async with stage(tmp_path, **wrong) as on:
        with pytest.raises(TunnelError, match="does not lead to this receiver"):
            await on.address.open()
        (probed,) = on.of(Probed)
        assert isinstance(probed, Probed)
        assert probed.diagnosis


async def test_a_tunnel_that_comes_back_elsewhere_moves_the_callback(tmp_path: Path) -> None:
    moved: asyncio.Queue[str] = asyncio.Queue()
    async with stage(tmp_path) as on:
        callback_url = await on.address.open()
        keeping = asyncio.create_task(on.address.keep(callback_url, moved.put))
        on.tunnel.hosts = ["localhost"]
        on.tunnel.gone.put_nowait("it died")
        new = await asyncio.wait_for(moved.get(), 10)
        assert new == callback_url.replace("127.0.0.1", "localhost")
        (down,) = on.of(TunnelDown)
        assert isinstance(down, TunnelDown)
        assert down.reason == "it died"
        keeping.cancel()


async def test_a_tunnel_that_comes_back_at_the_same_url_moves_nothing(tmp_path: Path) -> None:
    moved: list[str] = []

    async def move(callback_url: str) -> None:
        moved.append(callback_url)

    async with stage(tmp_path) as on:
        keeping = asyncio.create_task(on.address.keep(await on.address.open(), move))
        on.tunnel.gone.put_nowait("it died")
        async with asyncio.timeout(10):
            while len(on.of(TunnelUp)) < 2:
                await asyncio.sleep(0.005)
        assert moved == []
        keeping.cancel()


async def test_a_tunnel_that_does_not_come_back_at_once_is_tried_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        keeping = asyncio.create_task(on.address.keep(await on.address.open(), lambda _: asyncio.sleep(0)))
        on.tunnel.failures = [TunnelError("not yet")]
        on.tunnel.gone.put_nowait("it died")
        async with asyncio.timeout(10):
            while len(on.of(TunnelUp)) < 2:
                await asyncio.sleep(0.005)
        assert any(isinstance(item, Notice) and "not yet" in item.message for item in on.items)
        keeping.cancel()


async def test_a_refused_registration_of_the_new_url_is_told_and_does_not_end_the_run(tmp_path: Path) -> None:
    async def move(_: str) -> None:
        raise GraphError("no", hint="do this")

    async with stage(tmp_path) as on:
        keeping = asyncio.create_task(on.address.keep(await on.address.open(), move))
        on.tunnel.hosts = ["localhost"]
        on.tunnel.gone.put_nowait("it died")
        async with asyncio.timeout(10):
            while not any(isinstance(item, Notice) and item.hint == "do this" for item in on.items):
                await asyncio.sleep(0.005)
        assert not keeping.done()
        keeping.cancel()
