"""One at a time."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hookscope.graph.file_lock import file_lock

HOLD = (
    "import asyncio, sys, pathlib\n"
    "from hookscope.graph.file_lock import file_lock\n"
    "async def main():\n"
    "    async with file_lock(pathlib.Path(sys.argv[1]), 5):\n"
    "        print('held', flush=True)\n"
    "        await asyncio.Event().wait()\n"
    "asyncio.run(main())"
)


async def test_the_second_waits_for_the_first(tmp_path: Path) -> None:
    file, order = tmp_path / "lock", []

    async def take(name: str) -> None:
        async with file_lock(file, 5):
            order.append(f"{name} in")
            for _ in range(5):
                await asyncio.sleep(0)
            order.append(f"{name} out")

    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(take(name))
    assert sorted(order[::2]) == ["a in", "b in", "c in"]
    assert [one.split()[0] for one in order[::2]] == [one.split()[0] for one in order[1::2]]


async def test_no_file_stays_behind(tmp_path: Path) -> None:
    async def fail() -> None:
        async with file_lock(tmp_path / "lock", 5):
            assert (tmp_path / "lock").exists()
            raise ValueError("oops")

    with pytest.raises(ValueError, match="oops"):
        await fail()
    assert list(tmp_path.iterdir()) == []


async def test_the_timeout_ends(tmp_path: Path) -> None:
    async with file_lock(tmp_path / "lock", 5):
        with pytest.raises(TimeoutError):
            async with file_lock(tmp_path / "lock", 0.1):
                pass


async def test_a_process_that_is_killed_holds_nothing_up(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, file], stdout=subprocess.PIPE)
    try:
        assert holder.stdout
        assert await asyncio.to_thread(holder.stdout.readline) == b"held\n"
        with pytest.raises(TimeoutError):
            async with file_lock(file, 0.1):
                pass
    finally:
        holder.kill()
        await asyncio.to_thread(holder.communicate)
    assert file.exists()
    async with file_lock(file, 5):
        pass


async def test_a_folder_that_is_gone_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        async with file_lock(tmp_path / "gone" / "lock", 5):
            pass


async def test_it_is_let_go_although_somebody_has_removed_its_file(tmp_path: Path) -> None:
    async with file_lock(tmp_path / "lock", 5):
        (tmp_path / "lock").unlink()


async def test_it_leaves_no_descriptor_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> os.stat_result:
        raise PermissionError

    before = len([*Path("/dev/fd").iterdir()])
    async with file_lock(tmp_path / "lock", 5):
        with pytest.raises(TimeoutError):
            async with file_lock(tmp_path / "lock", 0.1):
                pass
    monkeypatch.setattr(os, "fstat", fail)
    with pytest.raises(PermissionError):
        async with file_lock(tmp_path / "lock", 5):
            pass
    monkeypatch.undo()
    assert len([*Path("/dev/fd").iterdir()]) == before
