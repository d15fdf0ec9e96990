"""Under load another process makes the lines of a run, and nobody can tell."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from hookscope.cli.line_helper import LineHelper
from hookscope.cli.stdout import StdoutWriter
from hookscope.formats.item_lines import item_lines
from hookscope.model.run_events import Captured, Delivered, Gap, Level, Notice, RunEvent
from hookscope.settings import Output
from tests.formats.test_packed_items import DELIVERY
from tests.support.captures import feed_body, make_capture
from tests.support.descriptors import descriptors_left
from tests.support.processes import is_running
from tests.support.until import until

MODES = pytest.mark.parametrize("mode", [Output.JSON, Output.PLAIN])
LOAD: list[RunEvent] = [Captured(capture=make_capture(feed_body(str(number)), id=number)) for number in range(1, 65)]
BATCH: list[RunEvent] = [*LOAD[:3], Notice(level=Level.INFO, message="ü"), Delivered(delivery=DELIVERY), *LOAD[3:9]]


def text_of(items: Sequence[RunEvent], mode: Output) -> str:
    """Return the text of items as this process makes it."""
    return "".join(f"{line}\n" for item in items for line in item_lines(item, mode))


async def start(helper: LineHelper, writer: StdoutWriter) -> int:
    """Have a helper's process started by load, wait until it takes part, and return its pid."""
    while helper._process is None:
        assert not await helper.write(LOAD, writer)
    pid = helper._process._process.pid
    await asyncio.to_thread(helper._process._end.recv, 1, socket.MSG_PEEK)
    assert await helper.write([], writer)
    return pid


@MODES
async def test_the_lines_are_those_that_the_run_would_make(mode: Output, capfd: pytest.CaptureFixture[str]) -> None:
    writer = StdoutWriter()
    with LineHelper(mode) as helper:
        pid = await start(helper, writer)
        assert helper.is_working
        for batch in (BATCH, LOAD, BATCH[:1], [Gap(first_id=1, last_id=2)]):
            assert await helper.write(batch, writer)
            assert capfd.readouterr().out == text_of(batch, mode)
    assert not is_running(pid)


async def test_the_process_gives_way_to_the_run() -> None:
    with LineHelper(Output.JSON) as helper:
        pid = await start(helper, StdoutWriter())
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(ours + 10, 19)  # There is none lower.
        assert os.getpgid(pid) != os.getpgid(0)  # Ctrl-C is not for it.
        assert os.getsid(pid) == os.getsid(0)  # Linux compares priorities only within a session.


async def test_a_run_without_load_never_starts_it() -> None:
    with LineHelper(Output.JSON) as helper:
        for _ in range(100):
            assert not await helper.write(LOAD[1:], StdoutWriter())
        assert helper._process is None


@MODES
async def test_without_the_process_the_run_makes_the_lines_itself(
    mode: Output, capfd: pytest.CaptureFixture[str]
) -> None:
    writer = StdoutWriter()
    with LineHelper(mode) as helper:
        pid = await start(helper, writer)
        os.kill(pid, signal.SIGSTOP)
        writing = asyncio.create_task(helper.write(LOAD, writer))
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        assert not await writing
        assert not helper.is_working
        for _ in range(20):
            assert not await helper.write(LOAD, writer)
    assert capfd.readouterr() == ("", note())


async def test_a_process_that_ends_before_it_takes_part_is_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    writer = StdoutWriter()
    with LineHelper(Output.JSON) as helper:
        while helper._process is None:
            assert not await helper.write(LOAD, writer)
        process = helper._process._process
        process.kill()
        await until(lambda: process.poll() is not None)
        while helper._process:
            assert not await helper.write(LOAD, writer)
    assert capfd.readouterr() == ("", note())


@pytest.mark.parametrize("free", [0, 3])
async def test_a_process_that_cannot_be_started_is_done_without(
    free: int, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("hookscope.helper_process", "hookscope.formats.packed_items"):
        monkeypatch.delitem(sys.modules, module, raising=False)  # A run has not loaded them by then.
    writer = StdoutWriter()
    with LineHelper(Output.JSON) as helper:
        with descriptors_left(free):
            for _ in range(30):
                assert not await helper.write(LOAD, writer)
        assert helper._process is None
    assert capfd.readouterr() == ("", "")


async def test_what_no_encoding_has_is_left_to_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    writer = StdoutWriter()
    with LineHelper(Output.JSON) as helper:
        await start(helper, writer)
        odd = Delivered(delivery=replace(DELIVERY, error="\udc80"))
        assert not await helper.write([odd], writer)
        assert await helper.write(BATCH, writer)
    assert capfd.readouterr().out == text_of(BATCH, Output.JSON)


def note() -> str:
    """Return what is said when the process has ended."""
    return "the process that made the lines has ended; the run makes them itself, and nothing is lost\n"
