import asyncio
import json
import os
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from hookscope import paths
from hookscope.tunnel.agent_record import AgentRecord, end_stale_agents
from hookscope.tunnel.ngrok import NgrokTunnel
from tests.fakes.fake_ngrok import FakeNgrok
from tests.support.slow import slow_rows_after
from tests.support.until import until
from tests.tunnel.conftest import LOCAL, OpenTunnel, refused

StartAgent = Callable[..., Awaitable[FakeNgrok]]


@pytest.fixture
async def start_agent(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StartAgent]:
    """Starts an agent as a user does, in another terminal; it must still run at the end unless it was told to die."""
    started: list[tuple[asyncio.subprocess.Process, FakeNgrok]] = []

    async def start(config: Path | None = None, *, version: str = "3.39.8", fault: str = "") -> FakeNgrok:
        with monkeypatch.context() as context:
            agent = FakeNgrok(home / f"users{len(started)}.ndjson", context)
            agent.breaks(fault)
            agent.claims(version)
            environment = dict(os.environ)
        options = ("--config", str(config)) if config else ()
        process = await asyncio.create_subprocess_exec(
            *(agent.path, "start", "--none", "--log", "stdout", *options),
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
        )
        started.append((process, agent))
        await until(lambda: agent.api)
        return agent

    yield start
    for process, _ in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


def near(agent: FakeNgrok) -> type[NgrokTunnel]:
    """Return a tunnel that looks for running agents only where this one is."""
    port = int(agent.api.rpartition(":")[2])
    return type("NearTunnel", (NgrokTunnel,), {"agent_ports": [port]})


@pytest.fixture
def web_addr() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"localhost:{server.getsockname()[1]}"


@pytest.fixture
def config(home: Path, web_addr: str) -> Path:
    """The user's own configuration of ngrok, with another place for the agent's API."""
    file = home / "config" / "ngrok" / "ngrok.yml"
    file.parent.mkdir(parents=True)
    file.write_text(f"version: '3'\nagent:\n  authtoken: users0wn\n  web_addr: {web_addr}\n")
    return file


@pytest.mark.parametrize(
    ("version", "collection", "twins"),
    slow_rows_after(
        1, [("3.39.8", "endpoints", []), ("3.18.0", "tunnels", []), ("2.3.41", "tunnels", ["%20%28http%29"])]
    ),
)
async def test_where_no_further_agent_is_allowed_the_running_one_gets_the_endpoint_for_as_long_as_it_is_needed(
    tunnel_for: OpenTunnel,
    fake: FakeNgrok,
    start_agent: StartAgent,
    announced: list[str],
    version: str,
    collection: str,
    twins: list[str],
) -> None:
    users = await start_agent(version=version)
    fake.breaks("session")
    tunnel = tunnel_for(near(users))
    public_url = await tunnel.open(LOCAL)
    assert public_url.startswith("http://127.0.0.1:")
    (post,) = users.posts
    name = post["body"]["name"]
    assert (post["post"], name.startswith("hookscope-")) == (f"/api/{collection}", True)
    assert LOCAL in (post["body"].get("addr"), post["body"].get("upstream", {}).get("url"))
    assert f"the one that runs at {users.api.removeprefix('http://')}, and removed at the end" in announced[-1]
    assert (fake.running, len(users.running)) == ([], 1)
    await tunnel.close()
    assert users.endpoints == set()
    assert {f"/api/{collection}/{name}{twin}" for twin in ("", *twins)} <= users.removed
    assert len(users.running) == 1
    assert list(paths.agents_folder().glob("*")) == []


async def test_an_endpoint_that_opens_when_nobody_waits_for_it_anymore_is_removed(
    tunnel_for: OpenTunnel, fake: FakeNgrok, start_agent: StartAgent
) -> None:
    users = await start_agent(fault="late")
    fake.breaks("session")
    opening = asyncio.create_task(tunnel_for(near(users)).open(LOCAL))
    await until(lambda: users.posts)
    opening.cancel()
    await asyncio.wait({opening})
    await until(lambda: users.opened)
    with await asyncio.to_thread(urllib.request.urlopen, f"{users.api}/api/endpoints") as response:
        assert json.load(response)["endpoints"] == []
    assert list(paths.agents_folder().glob("*")) == []


async def test_an_endpoint_that_may_open_later_is_left_to_the_next_run(start_agent: StartAgent) -> None:
    users = await start_agent()
    record = AgentRecord("a-run-that-is-about-to-end")
    record.note_endpoint(f"{users.api}/api/endpoints/hookscope-1")
    assert not record.end_endpoint(may_come=True)
    assert len(list(paths.agents_folder().glob("*"))) == 1
    assert await end_stale_agents() == 0
    assert list(paths.agents_folder().glob("*")) == []


@pytest.mark.slow
async def test_an_agent_is_found_where_the_users_own_configuration_has_it(
    tunnel_for: OpenTunnel, fake: FakeNgrok, start_agent: StartAgent, config: Path, web_addr: str
) -> None:
    users = await start_agent(config)
    fake.breaks("session")
    await tunnel_for(type("ConfiguredTunnel", (NgrokTunnel,), {"agent_ports": []})).open(LOCAL)
    assert users.posts
    assert users.api.endswith(web_addr.rpartition(":")[2])


@pytest.mark.slow
async def test_where_several_agents_are_allowed_one_is_started_beside_that_of_the_same_configuration(
    tunnel_for: OpenTunnel, fake: FakeNgrok, start_agent: StartAgent, config: Path
) -> None:
    users = await start_agent(config)
    await tunnel_for(near(users)).open(LOCAL)
    assert (len(fake.posts), users.posts) == (1, [])
    assert "web_addr" not in fake.starts[0]["config"]


@pytest.mark.slow
async def test_the_end_of_the_running_agent_is_noticed_and_the_next_one_is_ours(
    tunnel_for: OpenTunnel, fake: FakeNgrok, start_agent: StartAgent
) -> None:
    users = await start_agent()
    fake.breaks("session")
    tunnel = tunnel_for(near(users))
    await tunnel.open(LOCAL)
    await users.dies()
    async with asyncio.timeout(30):
        assert "which held the endpoint, has ended" in await tunnel.lost()
    fake.breaks("")
    await tunnel.open(LOCAL)
    assert len(fake.running) == 1


@pytest.mark.slow
async def test_without_a_running_agent_the_refusal_is_the_error(
    tunnel_for: OpenTunnel, fake: FakeNgrok, announced: list[str]
) -> None:
    fake.breaks("session")
    error = await refused(tunnel_for(type("LonelyTunnel", (NgrokTunnel,), {"agent_ports": []})))
    assert "ERR_NGROK_108" in error.message
    assert "pgrep -a ngrok" in (error.hint or "")
    assert announced == []


@pytest.mark.slow
async def test_a_running_agent_that_refuses_is_named_with_the_next_step(
    tunnel_for: OpenTunnel, fake: FakeNgrok, start_agent: StartAgent
) -> None:
    users = await start_agent(fault="online")
    fake.breaks("session")
    error = await refused(tunnel_for(near(users)))
    assert error.message.startswith(f"ngrok, in the agent at {users.api.removeprefix('http://')}: ")
    assert "ERR_NGROK_334" in error.message
    assert "--ngrok-pooling here, --pooling-enabled for the other agent" in (error.hint or "")
    assert len(users.running) == 1


@pytest.mark.slow
async def test_a_domain_may_be_shared(tunnel_for: OpenTunnel, fake: FakeNgrok, announced: list[str]) -> None:
    await tunnel_for(domain="hooks.example.com", ngrok_pooling=True).open(LOCAL)
    assert fake.posts[0]["body"]["pooling_enabled"] is True
    assert "spreads the requests" in announced[-1]


@pytest.mark.slow
async def test_killing_hookscope_removes_the_endpoint(home: Path, start_agent: StartAgent) -> None:
    users = await start_agent()
    wanted = {"name": "hookscope-1", "upstream": LOCAL, "domain": None, "pooling": False, "folder": str(home / "gone")}
    helper = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hookscope.tunnel.ngrok_guest"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert helper.stdin
    assert helper.stdout
    port = int(users.api.rpartition(":")[2])
    helper.stdin.write(json.dumps(wanted | {"web_addr": None, "ports": [port]}).encode() + b"\n")
    told = [json.loads(await helper.stdout.readline()) for _ in range(3)]
    assert [event["event"] for event in told] == ["found", "endpoint", "up"]
    assert users.endpoints == {"/api/endpoints/hookscope-1"}
    helper.stdin.close()
    await helper.wait()
    assert users.endpoints == set()


async def test_an_endpoint_that_was_left_behind_is_removed_by_the_next_run(
    start_agent: StartAgent,
) -> None:
    users = await start_agent()
    AgentRecord("a-run-that-was-killed").note_endpoint(f"{users.api}/api/endpoints/hookscope-1")
    AgentRecord("another").note_endpoint("http://127.0.0.1:9/api/endpoints/hookscope-2")
    assert await end_stale_agents() == 0
    assert users.removed == {"/api/endpoints/hookscope-1"}
    assert list(paths.agents_folder().glob("*")) == []
