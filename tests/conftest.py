"""Fixtures and settings for all tests."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis.strategies import none

from tests.support import forked
from tests.support.examples import QUICK
from tests.support.postgres import SharedPostgres
from tests.support.postgres_server import missing

# Tests meet nobody outside this machine: to read whom the world trusts is a tenth of each start of a process.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull

# The fakes start with `env python3`, which may be a version manager's shell script that looks for this interpreter.
# Where that is installed as `python3.14` alone, its environment has the name.
_BESIDE_PYTHON = (Path(sys.executable).resolve().parent, Path(sys.executable).parent)
os.environ["PATH"] = os.pathsep.join((*map(str, _BESIDE_PYTHON), os.environ["PATH"]))

# Without bytecode each of the hundreds of processes, and each worker, would compile again all that it imports.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is for what a script starts in the background, and would be for all that the tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# `--hypothesis-profile full` or `nightly` takes another instead.
settings.register_profile("full", deadline=None)
settings.register_profile("nightly", max_examples=1000, deadline=None)
settings.register_profile("quick", max_examples=QUICK, deadline=None)
settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `tests/faults`."""
    faults = parser.getgroup("faults", "random faults (tests/faults)")
    faults.addoption("--fault-runs", type=int, default=1, metavar="N", help="have each fault strike N times [1]")
    faults.addoption("--fault-seed", type=int, default=1, metavar="N", help="seed of the first time [1]")
    faults.addoption("--fault-minutes", type=float, default=0.2, metavar="N", help="how long endurance is tested [0.2]")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Twice as many as there are processors: tests wait for processes, screens and disks a third of their time."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Have all workers fork the program from one process."""
    config.add_cleanup(forked.share())


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedPostgres]:
    """Return a real PostgreSQL, which all workers of this run share."""
    if reason := missing():
        pytest.skip(reason)
    own = tmp_path_factory.getbasetemp()
    with SharedPostgres((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "postgres") as server:
        yield server


@pytest.fixture
def database(postgres: SharedPostgres) -> str:
    """Return the address of an empty PostgreSQL database, for a user who may do everything."""
    return postgres.create_database()


def pytest_sessionfinish() -> None:
    """Leave the process that the tests may have started for all of them."""
    forked.stop()


def pytest_collection(session: pytest.Session) -> None:
    """Have each worker compile a share of all the tests first, so that it finds the others' shares done."""
    gc.disable()  # Nothing that is made here becomes garbage.
    config = session.config
    worker, count = os.environ.get("PYTEST_XDIST_WORKER"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if not worker or config.args != config.getini("testpaths"):
        return
    tests = sorted(Path(__file__).parent.rglob("test_*.py"))
    for file in tests[int(worker.removeprefix("gw")) :: count]:
        with suppress(Exception, pytest.skip.Exception):  # The collection tells what is wrong, or missing.
            import_module(".".join(file.relative_to(config.rootpath).with_suffix("").parts))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the collector the half a million objects of thousands of tests, each time that it looks for garbage."""
    if any(item.get_closest_marker("hypothesis") for item in session.items):
        _draw()
    gc.freeze()
    gc.set_threshold(10_000)  # Looking every 700 objects is a fourteenth of a test of the screen.
    gc.enable()


@settings(max_examples=1, database=None)
@given(none())
def _draw(_: None) -> None:
    """Have Hypothesis make its random numbers' source. It warns if the collector cannot see who holds it."""
