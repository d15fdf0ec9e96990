"""The helper process as the engine sees it."""

import asyncio
from pathlib import Path

import pytest

from hookscope import paths
from hookscope.tunnel.agent_host import AgentHost
from tests.support.until import until


@pytest.mark.usefixtures("home")
async def test_a_helper_that_is_killed_within_a_message_has_ended() -> None:
    host = await AgentHost.start("tests.fakes.half_told", {}, owner="a-run")
    assert await host.next() is None
    await host.end()
    assert list(paths.agents_folder().iterdir()) == []


async def test_a_helper_that_cannot_be_noted_leaves_nothing(home: Path) -> None:
    with pytest.raises(OSError, match="no-such-folder"):
        await AgentHost.start("tests.fakes.half_told", {}, owner="no-such-folder/a-run")
    assert list((home / "tmp").iterdir()) == []
    assert list(paths.agents_folder().iterdir()) == []


@pytest.mark.usefixtures("home")
async def test_a_helper_to_which_nobody_listens_anymore_ends() -> None:
    host = await AgentHost.start("tests.fakes.flooding", {}, owner="a-run")
    await until(lambda: getattr(host._process.stdout, "_paused"))  # noqa: B009 - nothing of asyncio's own tells
    async with asyncio.timeout(30):
        await host.end(0.0)
    assert list(paths.agents_folder().iterdir()) == []
