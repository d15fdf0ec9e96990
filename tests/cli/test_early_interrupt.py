"""Signals before the command line has loaded, or before a run has its own handlers."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hookscope.cli.relay import COMMANDS
from tests.support.program import Home

_PROGRAM = """
import signal, sys

signal.signal(signal.SIGHUP, signal.{hangup})  # It is ignored where the tests themselves run under nohup.

class Interrupting:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "{module}":
            signal.raise_signal({number})

sys.meta_path.insert(0, Interrupting)
from hookscope.cli import main
main({arguments!r})
"""

RUN = ("run", "--sandbox", "--json")
RELAY = ("relay", "--sandbox", "--json", "--to", "postgresql://relay@127.0.0.1:9/hooks")


def interrupted(
    module: str,
    number: signal.Signals,
    *arguments: str,
    hangup: str = "SIG_DFL",
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the program, which gets a signal when it begins to load a module."""
    program = _PROGRAM.format(module=module, number=int(number), arguments=list(arguments), hangup=hangup)
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_ctrl_c_while_the_command_line_loads_ends_it_quietly() -> None:
    ended = interrupted("click", signal.SIGINT, "--version")
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("module", ["click", "hookscope.cli.run.command"])
@pytest.mark.parametrize("before", [(), ("--color", "off", "-v")], ids=("bare", "options"))
def test_a_signal_while_the_command_line_of_a_run_loads_is_its_normal_end(
    tmp_path: Path, module: str, number: signal.Signals, before: tuple[str, ...]
) -> None:
    ended = interrupted(module, number, *before, *RUN, environment=Home(tmp_path).environment)
    assert (ended.returncode, ended.stdout, ended.stderr.strip()) == (0, "", "")


def test_a_word_that_names_a_run_makes_no_other_command_end_well(tmp_path: Path) -> None:
    ended = interrupted("click", signal.SIGINT, "ls", "run", environment=Home(tmp_path).environment)
    assert ended.returncode == 130


@pytest.mark.parametrize("subcommand", COMMANDS)
def test_a_subcommand_of_a_relay_that_is_interrupted_has_not_done_its_work(tmp_path: Path, subcommand: str) -> None:
    arguments = (*RELAY[:1], *RELAY[3:], subcommand)
    ended = interrupted("click", signal.SIGINT, *arguments, environment=Home(tmp_path).environment)
    assert ended.returncode == 130


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    ("module", "arguments"), [("hookscope.engine.engine", RUN), ("hookscope.engine.relay", RELAY)], ids=("run", "relay")
)
def test_a_signal_while_a_run_starts_is_its_normal_end(
    tmp_path: Path, number: signal.Signals, module: str, arguments: tuple[str, ...]
) -> None:
    home = Home(tmp_path)
    ended = interrupted(module, number, *arguments, environment=home.environment)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list((tmp_path / "run").rglob("*.sock")) == []


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    ended = interrupted(
        "hookscope.engine.engine",
        signal.SIGHUP,
        *RUN,
        "--exit-after",
        "1",
        hangup="SIG_IGN",
        environment=Home(tmp_path).environment,
    )
    assert ended.returncode == 0
    assert '"type": "capture"' in ended.stdout
