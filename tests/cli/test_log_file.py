import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hookscope.cli import log_file
from hookscope.cli.log_file import LogFile


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def write(log: LogFile, text: str) -> None:
    log.handle(logging.LogRecord("test", logging.ERROR, "", 0, text, (), None))


def test_it_is_for_this_user_only_and_not_there_before_it_says_anything(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "hookscope.log"
    log = LogFile(file)
    assert not file.exists()
    write(log, "one")
    log.close()
    assert file.read_text() == "one\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_flood_is_counted_and_not_written(tmp_path: Path) -> None:
    clock = Clock()
    log = LogFile(tmp_path / "hookscope.log", clock=clock)
    for number in range(6000):
        write(log, f"line {number}")
    clock.now += 10
    write(log, "afterwards")
    log.close()
    lines = (tmp_path / "hookscope.log").read_text().splitlines()
    assert len(lines) == 52
    assert lines[-3:] == ["line 49", "… 5,950 more messages within 10 s were left out", "afterwards"]


def test_a_full_file_is_moved_away_once_also_among_several_processes(tmp_path: Path) -> None:
    clock = Clock()
    file = tmp_path / "hookscope.log"
    ours, theirs = LogFile(file, clock=clock), LogFile(file, clock=clock)
    for _ in range(400):
        clock.now += 1
        for log in (ours, theirs):
            write(log, "x" * 20_000)
    for log in (ours, theirs):
        log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hookscope.log", "hookscope.log.1"]
    assert all(path.stat().st_size < 1.1 * (1 << 20) for path in tmp_path.iterdir())


def test_a_failed_write_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    log = LogFile(tmp_path / "logs" / "hookscope.log")
    write(log, "lost")
    log.handle(logging.LogRecord("test", logging.ERROR, "", 0, "%d", ("no number",), None))
    log.close()


def test_text_from_a_sender_is_logged_without_control_characters() -> None:
    record = logging.makeLogRecord({"msg": "bad request: %s", "args": ("\x1b]0;title\x07a\u202eb\u200bc\nnext",)})
    shown = log_file._Discreet("%(message)s").format(record)
    assert shown == "bad request: ␛]0;title␇a\ufffdb\ufffdc\nnext"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a limit of the address space is not kept")
@pytest.mark.parametrize("act", ["threading.Thread(target=print).start()", "bytearray(1 << 31)"])
def test_a_machine_without_memory_is_no_bug_of_ours(tmp_path: Path, act: str) -> None:
    code = f"""
import resource, threading
from hookscope.cli.log_file import report_unexpected
threading.stack_size(1 << 30)
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, -1))
try:
    {act}
except Exception as error:
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    report_unexpected(error)
"""
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, env=environment)
    assert "no memory left, or no further thread or process may be started" in told.stderr
    assert "unexpected" not in told.stderr
    assert "hookscope teardown" in told.stderr
