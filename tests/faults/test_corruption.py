"""The files of a run, damaged in any way: what is wrong is said, and nothing gets worse."""

import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Graph
from tests.support.captures import feed_body
from tests.support.program import COMMAND, Home, call, start

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(180)]


def _flip(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 8, 200))):
        content[chance.randrange(len(content))] = chance.randrange(256)


def _zero_page(content: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(content)) & ~4095
    content[start : start + 4096] = bytes(len(content[start : start + 4096]))


def _truncate(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def _append(content: bytearray, chance: random.Random) -> None:
    content += chance.randbytes(chance.randrange(1, 20_000))


def _swap_pages(content: bytearray, chance: random.Random) -> None:
    one, other = (chance.randrange(len(content)) & ~4095 for _ in range(2))
    content[one : one + 4096], content[other : other + 4096] = content[other : other + 4096], content[one : one + 4096]


_DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (_flip, _zero_page, _truncate, _append, _swap_pages)

_COMMANDS = (
    ("ls",),
    ("ls", "--filter", "number"),
    ("captures", "show", "3"),
    ("captures", "export", "--format", "ndjson"),
    ("replay", "2..4", "--to", "1"),
    ("captures", "prune", "--keep", "5", "--yes"),
    ("run", "--sandbox", "--json", "--exit-after", "1", "--timeout", "15"),
)


@pytest.fixture
async def killed(home: Home, graph: Graph) -> Home:
    """Return a home in which a run was killed, with captures, and with an open entry in its ledger."""
    async with start(home, "run", "--json", environment=graph.environment, command=COMMAND) as run:
        await run.next("subscription.active")
        for number in range(30):
            assert await graph.deliver(feed_body(f"number {number}", comment_id=f"1_{number}")) == 200
        run.send(signal.SIGKILL)
    return home


async def test_a_damaged_journal_is_told_and_the_way_back_stays(
    killed: Home, graph: Graph, chance: random.Random
) -> None:
    damaged = _damage(killed, "journal.db", chance)
    for command in chance.sample(_COMMANDS, 3):
        done = await call(killed, *command)
        assert done.code in {0, 1, 2, 8}, (damaged, command, done.stderr)
        _assert_told(done.stderr, done.code, f"{damaged} {command}")
    done = await call(killed, "teardown", environment=graph.environment)
    assert done.code == 0, (damaged, done.stderr)
    assert graph.registered == {}


async def test_a_damaged_ledger_is_told_and_nothing_is_registered_over_it(
    killed: Home, graph: Graph, chance: random.Random
) -> None:
    """Either it can be read, and all is put back, or it is said what to type; the app then stays as it is."""
    damaged = _damage(killed, "ledger.db", chance)
    before = graph.registered
    done = await call(killed, "teardown", environment=graph.environment)
    assert done.code in {0, 1, 7}, (damaged, done.stderr)
    _assert_told(done.stderr, done.code, damaged)
    assert graph.registered in (before, {})
    run = await call(killed, "run", "--json", "--exit-after", "1", "--timeout", "5", environment=graph.environment)
    _assert_told(run.stderr, run.code, damaged)
    assert graph.registered in (before, {}), damaged


def _damage(home: Home, name: str, chance: random.Random) -> str:
    """Damage a database or what SQLite keeps beside it; return what was done to which."""
    files = sorted(file for file in home.state.iterdir() if file.name.startswith(name) and file.stat().st_size)
    file, damage = chance.choice(files), chance.choice((*_DAMAGES, None))
    if damage is None:
        file.unlink()
        return f"{file.name} deleted"
    content = bytearray(file.read_bytes())
    damage(content, chance)
    _replace(file, content)
    return f"{file.name} {damage.__name__}"


def _replace(file: Path, content: bytearray) -> None:
    copy = file.with_name("copy")
    copy.write_bytes(content)
    shutil.copymode(file, copy)
    copy.replace(file)


def _assert_told(said: str, code: int, damaged: str) -> None:
    assert "Traceback" not in said, (damaged, said)
    assert "unexpected failure" not in said, (damaged, said)
    assert code in {0, 6} or "hookscope" in said, (damaged, code, said)
