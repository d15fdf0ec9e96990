import asyncio
import os
import signal
import subprocess
import sys

import pytest

from hookscope.tunnel import process
from hookscope.tunnel.process import Process, identify
from tests.support.until import until

WAITS = "import sys; sys.stdin.read()"
STAYS = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); sys.stdin.read()"


async def start(program: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=pipe, stdout=pipe)


async def test_a_process_is_the_same_until_it_ends() -> None:
    child = await start(WAITS)
    known = identify(child.pid)
    assert known == identify(child.pid)
    assert known
    running = known.is_running
    assert running
    await asyncio.to_thread(known.end)
    assert not known.is_running
    assert await child.wait() == -signal.SIGTERM


async def test_a_process_that_takes_no_notice_of_sigterm_is_killed() -> None:
    child = await start(STAYS)
    assert child.stdout
    await child.stdout.readline()
    known = identify(child.pid)
    assert known
    await asyncio.to_thread(known.end, 0.1)
    assert await child.wait() == -signal.SIGKILL


async def test_another_process_with_the_same_number_is_never_touched() -> None:
    child = await start(WAITS)
    Process(pid=child.pid, started="long ago").end()
    assert identify(child.pid)
    child.kill()
    await child.wait()


async def test_a_process_that_nobody_waited_for_is_not_running() -> None:
    # asyncio would wait for it.
    with subprocess.Popen([sys.executable, "-c", WAITS], stdin=subprocess.DEVNULL) as child:
        await until(lambda: identify(child.pid) is None)
        os.kill(child.pid, 0)  # Its number is still taken.


@pytest.mark.parametrize("pid", [-1, 0, 2**22 + 1])
def test_a_number_that_is_nobodys_is_no_process(pid: int) -> None:
    assert identify(pid) is None


async def test_without_proc_the_ps_command_tells_the_same() -> None:
    child = await start(WAITS)
    told = process._started_by_ps(child.pid)
    assert told
    assert told == process._started_by_ps(child.pid)
    child.kill()
    await child.wait()
    assert process._started_by_ps(child.pid) is None
