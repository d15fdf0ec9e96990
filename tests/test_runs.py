import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope import paths, run_registry
from hookscope.errors import HookscopeError
from hookscope.run_registry import LiveRun
from tests.support.descriptors import descriptors_left

HOLDER = """
import sys, os
from hookscope import run_registry
run = run_registry.LiveRun(key=sys.argv[1], pid=os.getpid(), address="/x", journal="/j", app_id="1", objects=("page",))
with run_registry.announce(run):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def make_run(key: str) -> LiveRun:
    return LiveRun(key=key, pid=1, address="/x", journal="/j", app_id="1", objects=("page", "user"))


def start(key: str) -> "subprocess.Popen[str]":
    command, pipe = [sys.executable, "-c", HOLDER, key], subprocess.PIPE
    holder = subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe)
    assert holder.stdout
    assert holder.stdout.readline() == "up\n"
    return holder


def test_a_full_disk_is_named_and_leaves_no_note() -> None:
    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    command = [sys.executable, "-c", HOLDER, "k"]
    ended = subprocess.run(command, text=True, capture_output=True, preexec_fn=fill)
    assert "HookscopeError: the run's registry file cannot be created" in ended.stderr
    assert list(paths.runs_folder().iterdir()) == []


def test_a_run_is_known_for_as_long_as_it_lasts() -> None:
    with run_registry.announce(make_run("a")):
        assert run_registry.is_live("a")
        assert run_registry.find() == [make_run("a")]
    assert not run_registry.is_live("a")
    assert run_registry.find() == []


def test_a_run_is_on_an_app_or_mirrors_a_log() -> None:
    assert make_run("a").subject == "on app 1"
    assert (
        replace(make_run("a"), app_id="db.example.com/hooks", objects=()).subject == "that mirrors db.example.com/hooks"
    )


def test_a_run_that_was_killed_is_gone_even_before_it_is_reaped() -> None:
    with start("k") as holder:
        assert run_registry.is_live("k")
        holder.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # dead, and still in the process table
        assert not run_registry.is_live("k")
        assert run_registry.find() == []
        assert list(paths.runs_folder().glob("*.json")) == []


def test_another_process_is_found() -> None:
    with start("o") as holder:
        (found,) = run_registry.find()
        assert (found.key, found.pid, found.objects) == ("o", holder.pid, ("page",))
        holder.communicate()
    assert run_registry.find() == []


def test_files_that_are_no_runs_do_no_harm() -> None:
    folder = paths.private_folder(paths.runs_folder())
    (folder / "x.json").write_text("not json")
    assert run_registry.find() == []
    assert not run_registry.is_live("nobody")


def test_a_run_that_cannot_be_examined_may_be_live() -> None:
    with run_registry.announce(make_run("a")), descriptors_left(0):
        assert run_registry.is_live("a")


def test_a_folder_of_runs_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "hookscope").touch()
    with pytest.raises(HookscopeError, match=r"hookscope/runs cannot be used: Not a directory"):
        run_registry.find()


def test_the_control_socket_is_for_this_user_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    listener, path = run_registry.listen("a-key")
    with listener:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_long_runtime_folder_is_no_place_for_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    listener, path = run_registry.listen(run_registry.new_key())
    with listener:
        assert not path.is_relative_to(deep)
        path.unlink()


def test_keys_differ() -> None:
    assert run_registry.new_key() != run_registry.new_key()
