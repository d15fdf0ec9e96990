import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope import paths, run_registry
from hookscope.run_registry import LiveRun
from hookscope.tunnel.agent_record import AgentRecord, end_stale_agents
from hookscope.tunnel.process import Process, identify

RUN = LiveRun(key="a-run", pid=1, address="", journal="", app_id="1", objects=("page",))


@pytest.fixture
async def agent(home: Path) -> AsyncIterator[Process]:
    """Something that runs."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import sys; sys.stdin.read()"), stdin=asyncio.subprocess.PIPE
    )
    known = identify(child.pid)
    assert known
    yield known
    if child.returncode is None:
        child.kill()
    await child.wait()


def notes() -> list[Path]:
    return list(paths.agents_folder().iterdir())


async def test_the_agent_of_a_run_that_is_gone_is_ended_with_all_that_it_left(agent: Process) -> None:
    record = AgentRecord("a-run-that-was-killed")
    record.identify(agent)
    (record.folder / "ngrok.yml").write_text("secret")
    assert await end_stale_agents() == 1
    assert not agent.is_running
    assert not record.folder.exists()
    assert notes() == []


async def test_the_agent_of_a_run_that_goes_on_is_left_alone(agent: Process) -> None:
    with run_registry.announce(RUN):
        record = AgentRecord(RUN.key)
        record.identify(agent)
        assert await end_stale_agents() == 0
        assert agent.is_running
        assert record.folder.exists()
    assert await end_stale_agents() == 1


async def test_a_process_that_only_got_the_agents_number_is_left_alone(agent: Process) -> None:
    record = AgentRecord("a-run-that-was-killed")
    record.identify(replace(agent, started="before the machine came up"))
    assert await end_stale_agents() == 0
    assert agent.is_running
    assert notes() == []


async def test_an_agent_that_never_became_known_leaves_nothing(home: Path) -> None:
    record = AgentRecord("a-run-that-was-killed")
    assert await end_stale_agents() == 0
    assert not record.folder.exists()
    assert notes() == []


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[]",
        "{",
        '{"owner": 1, "folder": "x", "pid": null, "started": null}',
        '{"owner": "x", "folder": "x", "pid": "1", "started": ""}',
    ],
)
async def test_a_note_that_makes_no_sense_is_removed(home: Path, note: str) -> None:
    (paths.private_folder(paths.agents_folder()) / "x.json").write_text(note)
    assert await end_stale_agents() == 0
    assert notes() == []


async def test_a_note_that_cannot_be_read_is_kept(home: Path) -> None:
    """Nobody could end the agent without it, once there are descriptors again, or its owner looks."""
    note = paths.private_folder(paths.agents_folder()) / "x.json"
    note.symlink_to(note.name)
    assert await end_stale_agents() == 0
    assert notes() == [note]


async def test_only_a_folder_of_ours_is_removed(home: Path) -> None:
    precious = home / "precious"
    precious.mkdir()
    note = {"owner": "gone", "folder": str(precious), "pid": None, "started": None}
    (paths.private_folder(paths.agents_folder()) / "x.json").write_text(json.dumps(note))
    await end_stale_agents()
    assert precious.exists()
    assert notes() == []


def test_notes_and_folders_are_private_and_hold_no_secret(home: Path) -> None:
    record = AgentRecord("a-run")
    (note,) = notes()
    assert note.stat().st_mode & 0o777 == 0o600
    assert note.parent.stat().st_mode & 0o777 == 0o700
    assert record.folder.stat().st_mode & 0o777 == 0o700
    record.remove()
    record.remove()
    assert notes() == []


async def test_nothing_to_end_is_no_error(home: Path) -> None:
    assert await end_stale_agents() == 0
