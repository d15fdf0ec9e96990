"""Developers who mirror a shared log on a real PostgreSQL, each with a run and an application of his own."""

import asyncio
import json
import os
import random
import signal
from contextlib import AbstractAsyncContextManager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from hookscope.journal.mirroring import MirrorReader
from hookscope.meta.signature import SignatureVerdict, judge
from hookscope.model.timestamps import now
from hookscope.team.address import LogAddress, check_address
from hookscope.team.entry import encode
from hookscope.team.opening import initialize_log, open_log
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body, make_capture
from tests.support.dark_proxy import DarkProxy
from tests.support.identities import identities
from tests.support.postgres import SharedPostgres
from tests.support.program import Home, Program, call, start
from tests.support.until import until

APP = "4711"


class Team:
    """A log, and what a relay appends to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.address: LogAddress = check_address(url)
        self.bodies: list[bytes] = []

    async def receive(self, *bodies: bytes) -> None:
        """Append notifications, as a relay does."""
        entries = [encode(make_capture(body, received_at=now()), identities(body), "relay") for body in bodies]
        async with open_log(self.address, app_id=APP) as log:
            await log.append(entries)
        self.bodies += bodies

    async def receive_many(self, count: int) -> None:
        """Append so many different notifications."""
        first = len(self.bodies)
        await self.receive(*[notification(number) for number in range(first, first + count)])


class Developer:
    """Somebody with a home and an application."""

    def __init__(self, home: Home, team: Team) -> None:
        self.home = home
        self.url = team.url

    def run(self, *arguments: str, url: str | None = None) -> AbstractAsyncContextManager[Program]:
        """Start a run that mirrors the team's log."""
        environment = {"HOOKSCOPE_FROM": url or self.url}
        return start(self.home, "run", "--json", *arguments, environment=environment)

    async def listed(self) -> list[dict[str, object]]:
        """Return the captures of the journal."""
        done = await call(self.home, "ls", "--json")
        assert done.code == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    async def seqs(self) -> list[int]:
        """Return the numbers of what was mirrored."""
        return [_seq(value) for value in await self.listed()]


def _seq(value: dict[str, object]) -> int:
    shared = value["shared"]
    assert isinstance(shared, dict)
    return int(shared["seq"])


async def mirrors(run: Program) -> None:
    """Wait until a run has reached the log."""
    await until(lambda: any(value["message"].startswith("mirroring ") for value in run.of("notice")))


async def ends(run: Program) -> None:
    """End a run as its user does."""
    run.send(signal.SIGINT)
    assert await run.end() == 0, run.errors


def notification(number: int) -> bytes:
    """Return a notification of one of two kinds."""
    kind = "even" if number % 2 == 0 else "odd"
    return feed_body(f"{kind} {number}", comment_id=f"1_{number}")


def bodies_of(app: Application) -> list[bytes]:
    """Return what an application was sent."""
    return [sent.body for sent in app.received]


@pytest.fixture
async def team(database: str) -> Team:
    await initialize_log(check_address(database))
    return Team(database)


@pytest.fixture
async def anna(tmp_path: Path, team: Team) -> Developer:
    return Developer(Home(tmp_path / "anna"), team)


@pytest.mark.slow
async def test_two_developers_get_their_own_of_what_both_see(anna: Developer, team: Team, tmp_path: Path) -> None:
    ben = Developer(Home(tmp_path / "ben"), team)
    count = 40
    async with (
        Application() as even,
        Application() as odd,
        anna.run("-f", f"even=>{even.url}", "--as", "anna") as first,
        ben.run("-f", f"odd=>{odd.url}", "--as", "ben") as second,
    ):
        await asyncio.gather(mirrors(first), mirrors(second))
        for _ in range(count // 10):
            await team.receive_many(10)
        await until(lambda: len(even.received) == len(odd.received) == count // 2)
        await first.next("capture", after=count - 1)
        async with open_log(team.address) as log:
            assert [follower.name for follower in (await log.status()).followers] == ["anna", "ben"]
        for run in (first, second):
            await ends(run)
    assert bodies_of(even) == team.bodies[::2]
    assert bodies_of(odd) == team.bodies[1::2]
    for sent in (*even.received, *odd.received):
        headers = [(name.encode(), value.encode()) for name, value in sent.headers]
        assert judge(headers, sent.body, [SECRET]).verdict is SignatureVerdict.VALID
    assert await anna.seqs() == await ben.seqs() == list(range(1, count + 1))
    shown = await call(ben.home, "captures", "show", "@34", "--json")
    assert json.loads(shown.stdout)["request"]["body"].encode() == team.bodies[33]
    async with Application() as app:
        assert (await call(ben.home, "replay", "@2..@3", "--to", app.url)).code == 0
        assert bodies_of(app) == team.bodies[1:3]


@pytest.mark.slow
@pytest.mark.parametrize(("missed", "sent"), [("show", 0), ("forward", 300)])
async def test_what_came_while_the_developer_was_off(anna: Developer, team: Team, missed: str, sent: int) -> None:
    async with Application() as app:
        async with anna.run("-f", app.url) as run:
            await mirrors(run)
            await team.receive_many(1)
            await until(lambda: len(app.received) == 1)
            await ends(run)
        for _ in range(3):
            await team.receive_many(100)
        async with anna.run("-f", app.url, "--missed", missed) as run:
            await run.next("capture", after=299)
            await team.receive_many(1)
            await until(lambda: len(app.received) == 2 + sent)
            await ends(run)
    expected = team.bodies if sent else [team.bodies[0], team.bodies[-1]]
    assert bodies_of(app) == expected
    assert await anna.seqs() == list(range(1, 303))


@pytest.mark.slow
async def test_a_run_that_is_killed_again_and_again_misses_nothing(anna: Developer, team: Team) -> None:
    """Kill it at moments under load: the journal has each number once, and goes on where it was."""
    kills = int(os.environ.get("HOOKSCOPE_TEST_KILLS", "6"))
    chance, loading = random.Random(14), asyncio.Event()

    async def load() -> None:
        while not loading.is_set():
            await team.receive_many(20)

    appending = asyncio.create_task(load())
    try:
        for _ in range(kills):
            seen = len(team.bodies)
            async with anna.run() as run:
                await until(lambda run=run, seen=seen: run.objects and len(team.bodies) > seen)  # type: ignore[misc]
                await asyncio.sleep(chance.uniform(0, 0.5))  # Any moment will do: that is what is tested.
                await run.kill()
    finally:
        loading.set()
        await appending
    async with anna.run() as run:
        await mirrors(run)
        await until(lambda: _last(anna) == len(team.bodies))
        await ends(run)
    listed = await anna.listed()
    assert [_seq(value) for value in listed] == list(range(1, len(team.bodies) + 1))
    assert all(int(str(one["id"])) < int(str(other["id"])) for one, other in pairwise(listed))
    requests = [value["request"] for value in listed]
    assert [str(request["body"]).encode() for request in requests if isinstance(request, dict)] == team.bodies


def _last(developer: Developer) -> int:
    with MirrorReader(developer.home.journal) as reader:
        return next((one.shared.seq for one in reader.captures(newest_first=True) if one.shared), 0)


@pytest.mark.slow
async def test_a_link_that_goes_dark_is_noticed_and_taken_up_again(anna: Developer, team: Team) -> None:
    parts = urlsplit(team.url)
    assert parts.port
    async with (
        DarkProxy(parts.port) as proxy,
        anna.run(url=team.url.replace(f":{parts.port}/", f":{proxy.port}/")) as run,
    ):
        await mirrors(run)
        await team.receive_many(5)
        await run.next("capture", after=4)
        proxy.darken()
        asked = asyncio.get_running_loop().time()
        await team.receive_many(5)
        await until(lambda: any("log away since" in notice["message"] for notice in run.of("notice")))
        assert asyncio.get_running_loop().time() - asked < 25  # Ten seconds where nobody else wants the processor.
        proxy.lighten()
        await run.next("capture", after=9)
        await until(lambda: any("the log is back" in notice["message"] for notice in run.of("notice")))
        await ends(run)
    assert await anna.seqs() == list(range(1, 11))


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_log_that_was_restored_from_a_backup_is_refused(
    anna: Developer, team: Team, postgres: SharedPostgres
) -> None:
    name = urlsplit(team.url).path.strip("/")
    await team.receive_many(5)
    with psycopg.connect(postgres.url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}_backup" TEMPLATE "{name}"')
        await team.receive_many(5)
        async with anna.run() as run:
            await mirrors(run)
            await until(lambda: _last(anna) == 10)
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            server.execute(f'ALTER DATABASE "{name}_backup" RENAME TO "{name}"')
            await team.receive(*[feed_body(f"another {number}") for number in range(8)])
            assert await run.end() == 2
        for again in range(2):
            done = await call(anna.home, "run", "--json", environment={"HOOKSCOPE_FROM": team.url})
            assert done.code == 2, again
            assert "the shared log's past has changed" in done.stderr
            assert "hookscope relay init --renew" in done.stderr
        assert await anna.seqs() == list(range(1, 11))
        await initialize_log(team.address, renew=True)
        async with anna.run() as run:
            await mirrors(run)
            await ends(run)


async def test_a_session_that_may_only_read_mirrors_all_the_same(anna: Developer, team: Team) -> None:
    """Such as one at a replica."""
    await team.receive_many(2)
    url = f"{anna.url}?options=-cdefault_transaction_read_only%3Don"
    async with anna.run(url=url) as run:
        await until(lambda: any("may only read the log" in value["message"] for value in run.of("notice")))
        await team.receive_many(1)
        await until(lambda: _last(anna) == 3)
        assert "log away" not in str(run.of("notice"))
        await ends(run)
    assert await anna.seqs() == [1, 2, 3]


@pytest.mark.slow
async def test_a_log_that_is_renewed_beside_a_run_ends_it(anna: Developer, team: Team) -> None:
    await team.receive_many(2)
    async with anna.run() as run:
        await mirrors(run)
        await until(lambda: _last(anna) == 2)
        renewed = await call(anna.home, "relay", "init", "--renew", environment={"HOOKSCOPE_LOG": team.url})
        assert renewed.code == 0, renewed.stderr
        await team.receive_many(1)
        assert await run.end() == 2
        assert "the shared log was replaced by another one" in run.errors
    assert await anna.seqs() == [1, 2]
    async with anna.run() as run:
        await until(lambda: _last(anna) == 3)
        await ends(run)
    assert await anna.seqs() == [1, 2, 1, 2, 3]


@pytest.mark.parametrize(("expected", "code"), [((), 0), (("--expect", "field:feed"), 6)])
async def test_the_time_runs_while_the_log_is_away(home: Home, expected: tuple[str, ...], code: int) -> None:
    done = await call(
        home, "run", "--from", "postgresql://anna@127.0.0.1:1/hooks", "--json", "--timeout", "1", *expected
    )
    assert done.code == code
    assert [one["exit_code"] for one in done.objects if one["type"] == "stopped"] == [code]


async def test_options_without_a_meaning_are_refused_and_named(home: Home) -> None:
    url = "postgresql://anna@127.0.0.1:1/hooks"
    for arguments, told in {
        ("--from", url, "--tunnel", "none"): "--tunnel has no meaning with --from",
        ("--from", url, "--takeover"): "--takeover has no meaning with --from",
        ("--from", url, "--sandbox"): "--sandbox has no meaning with --from",
        ("--from", url, "--ack", "app", "-f", "3000"): "--ack app cannot be combined with --from",
        ("--from", url, "--history", "long"): "--history 'long' is not a part of a log",
        ("--from", "mysql://db/hooks"): "the address of the shared log cannot be used",
        ("--from", "postgresql://anna:pw@db/hooks"): "a password does not belong on the command line",
        ("--missed", "forward", "--sandbox"): "--missed needs a shared log",
    }.items():
        done = await call(home, "run", *arguments)
        assert (done.code, told in done.stderr) == (2, True), done.stderr


async def test_a_project_file_may_name_a_log_only_when_it_is_trusted(home: Home) -> None:
    (home.work / ".hookscope.toml").write_text('from = "postgresql://anna@127.0.0.1:1/hooks"\n')
    done = await call(home, "run", "--json")
    assert done.code == 2
    assert "from: names the host that notifications come from" in done.stderr
    assert (await call(home, "config", "trust", "--yes")).code == 0
    async with start(home, "run", "--json") as run:
        away = await run.next("notice", level="warning")
        assert away["message"].startswith("log away since ")
        await ends(run)


async def test_one_run_mirrors_a_log_into_a_journal(anna: Developer) -> None:
    async with anna.run() as run:
        await mirrors(run)
        second = await call(anna.home, "run", "--json", environment={"HOOKSCOPE_FROM": anna.url})
        assert second.code == 2
        assert "into this journal already" in second.stderr
        await ends(run)
