"""The program behind an ngrok agent, through an unmodified pyngrok."""

import os
import signal
from pathlib import Path

import pytest

from hookscope.tunnel.process import identify
from tests.e2e.conftest import Graph
from tests.fakes.fake_ngrok import FakeNgrok
from tests.fakes.fake_program import FakeProgram
from tests.support.captures import feed_body
from tests.support.program import Home, call, start
from tests.support.slow import slow_rows_after
from tests.support.until import until

TOKEN = "2abcDEFghiJKLmnoPQRstuVWXyz_0123456789abcdef"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNgrok:
    return FakeNgrok(tmp_path / "ngrok.jsonl", monkeypatch)


def behind_ngrok(graph: Graph, fake: FakeNgrok, **more: str) -> dict[str, str]:
    """Return the environment that leads the program to the test's Graph API and to the fake agent."""
    faking = {name: value for name, value in os.environ.items() if name.startswith("FAKE_NGROK_")}
    return {
        **graph.environment,
        "HOOKSCOPE_TUNNEL": "ngrok",
        "HOOKSCOPE_NGROK_PATH": str(fake.path),
        "NGROK_AUTHTOKEN": TOKEN,
        **faking,
        **more,
    }


async def test_events_come_through_the_tunnel_and_the_agent_goes_with_the_run(
    home: Home, graph: Graph, fake: FakeNgrok
) -> None:
    async with start(home, "run", "--json", environment=behind_ngrok(graph, fake)) as run:
        up = await run.next("tunnel.up")
        active = await run.next("subscription.active")
        assert up["provider"] == "ngrok"
        assert active["callback_url"].startswith(up["public_url"])
        assert (await run.next("probe"))["ok"]
        assert await graph.deliver(feed_body()) == 200
        capture = await run.next("capture", kind="notification")
        assert capture["request"]["body"].encode() == feed_body()
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert graph.registered == {}
    await until(lambda: not fake.running)
    for told in fake.calls:
        assert TOKEN not in " ".join(told["argv"])
        assert "NGROK_AUTHTOKEN" not in told["environment"]
    assert TOKEN not in run.errors + "".join(run.lines)


@pytest.mark.slow
async def test_a_tunnel_that_dies_comes_back_and_is_registered_again(home: Home, graph: Graph, fake: FakeNgrok) -> None:
    async with start(home, "run", "--json", environment=behind_ngrok(graph, fake)) as run:
        first = await run.next("subscription.active")
        await fake.dies()
        down = await run.next("tunnel.down")
        assert down["reason"]
        second = await run.next("subscription.active", after=1)
        assert second["callback_url"] != first["callback_url"]
        assert graph.registered["page"][0] == second["callback_url"]
        assert any("another URL" in one["message"] for one in run.of("notice"))
        assert await graph.deliver(feed_body()) == 200
        await run.next("capture", kind="notification")
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    assert graph.registered == {}


@pytest.mark.slow
async def test_a_tunnel_that_moves_while_the_graph_api_is_down_is_registered_when_it_is_back(
    home: Home, graph: Graph, fake: FakeNgrok
) -> None:
    async with start(home, "run", "--json", environment=behind_ngrok(graph, fake)) as run:
        first = await run.next("subscription.active")
        graph.server.knobs.turn({"failing_calls": 5, "call_failure": "503"})
        await fake.dies()
        await until(lambda: any("trying again" in one["message"] for one in run.of("notice")), seconds=30)
        second = await run.next("subscription.active", after=1)
        assert second["callback_url"] != first["callback_url"]
        assert await graph.deliver(feed_body()) == 200
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    assert graph.registered == {}


async def test_after_kill_9_no_agent_is_left_and_teardown_puts_back(home: Home, graph: Graph, fake: FakeNgrok) -> None:
    async with start(home, "run", "--json", environment=behind_ngrok(graph, fake)) as run:
        await run.next("subscription.active")
        assert fake.running
        await run.kill()
    await until(lambda: not fake.running)
    assert (await call(home, "teardown", environment=graph.environment)).code == 0
    assert graph.registered == {}


@pytest.mark.parametrize(
    ("fault", "told"),
    slow_rows_after(
        1,
        [("exit", ""), ("refuse", "ERR_NGROK_105"), ("online", "ERR_NGROK_334"), ("offline", ""), ("interstitial", "")],
    ),
)
async def test_a_tunnel_that_fails_has_its_own_exit_code(
    home: Home, graph: Graph, fake: FakeNgrok, fault: str, told: str
) -> None:
    fake.breaks(fault)
    done = await call(home, "run", "--json", environment=behind_ngrok(graph, fake))
    assert done.code == 3
    assert told in done.stderr
    assert "→" in done.stderr
    assert TOKEN not in done.stderr + done.stdout
    assert graph.registered == {}
    assert not graph.server.verifier.attempts
    await until(lambda: not fake.running)


@pytest.mark.slow
async def test_an_agent_that_says_nothing_is_given_up(home: Home, graph: Graph, fake: FakeNgrok) -> None:
    fake.breaks("mute")
    arguments = ("run", "--json", "--timeout", "600")
    done = await call(home, *arguments, environment=behind_ngrok(graph, fake))
    assert done.code == 3
    assert "15 s" in done.stderr
    await until(lambda: not fake.running)


async def test_ctrl_c_while_the_tunnel_comes_up_ends_it(home: Home, graph: Graph, fake: FakeNgrok) -> None:
    fake.breaks("mute")
    async with start(home, "run", "--json", environment=behind_ngrok(graph, fake)) as run:
        await until(lambda: fake.running)
        run.send(signal.SIGINT)
        assert await run.end() == 0
    await until(lambda: not fake.running)


@pytest.mark.slow
async def test_an_agent_whose_run_was_killed_whole_is_ended_at_the_next_start(
    home: Home, graph: Graph, fake: FakeNgrok
) -> None:
    async with start(home, "run", "--json", environment=behind_ngrok(graph, fake)) as run:
        await run.next("subscription.active")
        (agent,) = fake.running
        # Freeze whatever would end the agent in the run's stead, then end all but the agent by force.
        children = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split()
        for child in map(int, children):
            os.kill(child, signal.SIGKILL)
        await run.kill()
    await call(home, "run", "--sandbox", "--json", "--exit-after", "1")
    await until(lambda: identify(agent) is None)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeProgram:
    return FakeProgram(tmp_path, monkeypatch).named("bore")


def by_command(graph: Graph, program: FakeProgram) -> dict[str, str]:
    """Return the environment that leads the program to the test's Graph API and through a command of the user's."""
    return {
        **{name: value for name, value in graph.environment.items() if name != "HOOKSCOPE_TUNNEL"},
        "HOOKSCOPE_TUNNEL_COMMAND": "bore {port}",
        "HOOKSCOPE_TUNNEL_URL_PATTERN": "at (http://.*)",
        **program.environment,
    }


@pytest.mark.slow
async def test_a_command_whose_program_dies_is_started_again_and_registered(
    home: Home, graph: Graph, program: FakeProgram
) -> None:
    program.plays(("say", "at http://127.0.0.1:{1}\n"))
    async with start(home, "run", "--json", environment=by_command(graph, program)) as run:
        assert (await run.next("tunnel.up"))["provider"] == "command"
        first = await run.next("subscription.active")
        program.plays(("say", "at http://localhost:{1}\n"))
        os.kill(program.running[0], signal.SIGKILL)
        assert "signal 9" in (await run.next("tunnel.down"))["reason"]
        second = await run.next("subscription.active", after=1)
        assert second["callback_url"] == first["callback_url"].replace("127.0.0.1", "localhost")
        assert await graph.deliver(feed_body()) == 200
        await run.next("capture", kind="notification")
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert graph.registered == {}
    await until(lambda: not program.running)


@pytest.mark.slow
async def test_a_program_that_moves_is_registered_at_its_new_address(
    home: Home, graph: Graph, program: FakeProgram
) -> None:
    moves = ("say", "at http://localhost:{1}\n")
    program.plays(("say", "at http://127.0.0.1:{1}\n"), ("wait", str(program.cue)), moves)
    async with start(home, "run", "--json", environment=by_command(graph, program)) as run:
        await run.next("subscription.active")
        program.cue.touch()
        assert "another URL" in (await run.next("tunnel.down"))["reason"]
        second = await run.next("subscription.active", after=1)
        assert "//localhost:" in second["callback_url"]
        assert graph.registered["page"][0] == second["callback_url"]
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    assert len(program.calls) == 1
    await until(lambda: not program.running)


async def test_after_kill_9_of_the_run_its_program_is_gone_too(home: Home, graph: Graph, program: FakeProgram) -> None:
    program.plays(("stubborn",), ("child",), ("say", "at http://127.0.0.1:{1}\n"))
    async with start(home, "run", "--json", environment=by_command(graph, program)) as run:
        await run.next("subscription.active")
        assert len(program.running) == 2
        await run.kill()
    await until(lambda: not program.running)
    assert (await call(home, "teardown", environment=graph.environment)).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    slow_rows_after(
        1,
        [
            (("--tunnel-command", "no-such-program {port}"), 3, "no program no-such-program on PATH"),
            (("--tunnel-command", "bore"), 2, "does not say where the receiver is"),
            (("--tunnel", "command", "--tunnel-command", ""), 2, "needs the command itself"),
        ],
    ),
)
async def test_a_command_that_cannot_be_used_registers_nothing(
    home: Home, graph: Graph, program: FakeProgram, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = await call(home, "run", "--json", *arguments, environment=by_command(graph, program))
    assert (done.code, graph.registered, program.calls) == (code, {}, [])
    assert told in done.stderr
    assert "→" in done.stderr


async def test_the_automatic_choice_says_what_could_be_installed(home: Home, graph: Graph, tmp_path: Path) -> None:
    nothing = {**graph.environment, "PATH": str(tmp_path)}
    done = await call(home, "run", "--json", "--public-url", "auto", environment=nothing)
    assert (done.code, graph.registered) == (3, {})
    assert "none of ngrok, cloudflared, tailscale, lt, ssh is installed" in done.stderr
