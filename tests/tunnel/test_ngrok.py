import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

import hookscope
from hookscope import paths
from hookscope.errors import ExitCode, HookscopeError, TunnelError
from hookscope.secret_sources import Secret
from hookscope.tunnel.agent_record import end_stale_agents
from hookscope.tunnel.ngrok import NgrokTunnel
from tests.fakes.fake_ngrok import FakeNgrok
from tests.support.slow import slow_after
from tests.support.until import until
from tests.tunnel.conftest import BuildTunnel, OpenTunnel, refused

TOKEN = "2abcTOKENdefTOKENghi"
NOWHERE = "http://127.0.0.1:9"
ROOT = Path(hookscope.__file__).parent.parent

Serve = Callable[..., "asyncio.Future[str]"]


class HastyTunnel(NgrokTunnel):
    """Waits for less long than people do."""

    deadline = 4.0
    offline_grace = 0.1


class PatientTunnel(NgrokTunnel):
    """Waits for longer than a test may."""

    deadline = 3600.0


@pytest.fixture
async def receiver() -> AsyncIterator[Callable[..., object]]:
    """Serves, on a loopback address, an echo of what a request was."""

    async def echo(request: web.Request) -> web.Response:
        headers = [[name.decode(), value.decode()] for name, value in request.raw_headers]
        shown = {"method": request.method, "target": request.raw_path, "headers": headers}
        return web.json_response({**shown, "body": (await request.read()).hex()}, status=203)

    runners: list[web.AppRunner] = []

    async def serve(host: str = "127.0.0.1") -> str:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", echo)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, 0).start()
        port = runner.addresses[0][1]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    yield serve
    for runner in runners:
        await runner.cleanup()


def agent_files() -> list[Path]:
    return sorted(paths.agents_folder().glob("*"))


def private_folders(home: Path) -> list[Path]:
    return sorted((home / "tmp").glob("hookscope-tunnel-*"))


def write_config(home: Path, text: str) -> None:
    file = home / "config" / "ngrok" / "ngrok.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)


async def test_the_public_url_leads_every_byte_to_the_receiver(tunnel_for: OpenTunnel, receiver: Serve) -> None:
    public_url = await tunnel_for().open(await receiver())
    body = bytes(range(256))
    url, odd = f"{public_url}/x%2Fy?a=%20", {"X-Odd": "1"}
    async with aiohttp.ClientSession() as session, session.put(url, data=body, headers=odd) as response:
        status, heard = response.status, await response.json()
    assert (status, heard["method"], heard["target"], heard["body"]) == (203, "PUT", "/x%2Fy?a=%20", body.hex())
    headers = dict(heard["headers"])
    assert headers["X-Odd"] == "1"
    assert headers["X-Forwarded-For"] == "127.0.0.1"


@pytest.mark.slow
async def test_a_receiver_on_ipv6_is_reached_too(tunnel_for: OpenTunnel, receiver: Serve, fake: FakeNgrok) -> None:
    try:
        local_url = await receiver("::1")
    except OSError:
        pytest.skip("no IPv6 here")
    public_url = await tunnel_for().open(local_url)
    async with aiohttp.ClientSession() as session, session.get(public_url) as response:
        assert response.status == 203
    assert fake.posts[0]["body"]["upstream"] == {"url": local_url}


async def test_the_authtoken_is_in_a_private_file_and_nowhere_else(
    tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NGROK_AUTHTOKEN", TOKEN)
    monkeypatch.setenv("HOOKSCOPE_APP_SECRET", "another secret")
    await tunnel_for(authtoken=Secret(TOKEN)).open(NOWHERE)
    for call in fake.calls:
        assert TOKEN not in " ".join(call["argv"])
        assert not {"NGROK_AUTHTOKEN", "HOOKSCOPE_APP_SECRET"} & set(call["environment"])
    start = fake.starts[0]
    assert TOKEN in start["config"]
    assert start["config_mode"] == "0o600"
    (folder,) = private_folders(home)
    assert folder.stat().st_mode & 0o777 == 0o700
    table = subprocess.run(["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True).stdout
    assert str(fake.path) in table
    assert TOKEN not in table
    assert all(TOKEN not in file.read_text() for file in agent_files())


async def test_closing_leaves_no_process_no_file_and_no_folder(
    tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path
) -> None:
    tunnel = tunnel_for(authtoken=Secret(TOKEN))
    await tunnel.open(NOWHERE)
    assert fake.running
    assert agent_files()
    await tunnel.close()
    assert (fake.running, agent_files(), private_folders(home)) == ([], [], [])
    await tunnel.close()


@pytest.mark.slow
async def test_an_agent_that_takes_no_notice_of_sigterm_is_ended_too(tunnel_for: OpenTunnel, fake: FakeNgrok) -> None:
    fake.breaks("stubborn")
    tunnel = tunnel_for()
    await tunnel.open(NOWHERE)
    await tunnel.close()
    assert fake.running == []


async def test_a_refused_authtoken_is_told_by_its_code_and_never_quoted(
    tunnel_for: OpenTunnel, fake: FakeNgrok, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    fake.breaks("refuse")
    caplog.set_level(0)
    error = await refused(tunnel_for(authtoken=Secret(TOKEN)))
    assert "ERR_NGROK_105" in error.message
    assert "NGROK_AUTHTOKEN" in (error.hint or "")
    assert error.code is ExitCode.NO_PUBLIC_URL
    assert "Your authtoken: •••" in caplog.text
    assert TOKEN not in f"{error.message}{error.done}{error.hint}{caplog.text}"
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
async def test_what_the_agent_says_on_stderr_is_part_of_the_error_and_not_of_the_screen(
    tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fake.breaks("exit")
    error = await refused(tunnel_for())
    assert "the fake agent was told to end at once" in error.message
    assert error.hint
    assert capfd.readouterr() == ("", "")
    assert (agent_files(), private_folders(home)) == ([], [])


@pytest.mark.slow
async def test_an_endpoint_that_is_online_already_is_told_by_its_code(tunnel_for: OpenTunnel, fake: FakeNgrok) -> None:
    fake.breaks("online")
    error = await refused(tunnel_for())
    assert "ERR_NGROK_334" in error.message
    assert "--domain" in (error.hint or "")


@pytest.mark.slow
async def test_without_a_network_it_fails_long_before_the_agent_gives_up(
    tunnel_for: OpenTunnel, fake: FakeNgrok
) -> None:
    fake.breaks("offline")
    error = await refused(tunnel_for(PatientTunnel))
    assert "no such host" in error.message
    assert "network" in (error.hint or "")


@pytest.mark.parametrize("fault", slow_after(1, ["mute", "hang"]))
async def test_an_agent_that_hangs_is_ended_at_the_deadline(
    tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path, fault: str
) -> None:
    fake.breaks(fault)
    error = await refused(tunnel_for(HastyTunnel))
    assert "within 4 s" in error.message
    assert len(fake.starts) <= 1  # On a busy machine it has not even begun by then.
    assert (fake.running, agent_files(), private_folders(home)) == ([], [], [])


@pytest.mark.slow
async def test_a_public_url_that_meta_would_not_deliver_to_is_refused(tunnel_for: OpenTunnel, fake: FakeNgrok) -> None:
    fake.gives("http://me.ngrok.app")
    assert "only to https" in (await refused(tunnel_for())).message
    fake.gives("https://me.ngrok.app")
    assert await tunnel_for().open(NOWHERE) == "https://me.ngrok.app"


@pytest.mark.slow
async def test_an_agent_that_is_slow_comes_up(tunnel_for: OpenTunnel, fake: FakeNgrok) -> None:
    fake.breaks("slow", seconds=1)
    assert await tunnel_for().open(NOWHERE)


async def test_the_end_of_the_agent_is_noticed_at_once_and_the_tunnel_opens_again(
    tunnel_for: OpenTunnel, fake: FakeNgrok, receiver: Serve, home: Path
) -> None:
    tunnel = tunnel_for()
    first = await tunnel.open(await receiver())
    await fake.dies()
    async with asyncio.timeout(2):
        assert "exit status 1" in await tunnel.lost()
    second = await tunnel.open(await receiver())
    assert second != first
    async with aiohttp.ClientSession() as session, session.get(second) as response:
        assert response.status == 203
    assert (len(fake.running), len(agent_files()), len(private_folders(home))) == (1, 1, 1)
    waiting = asyncio.create_task(tunnel.lost())
    await asyncio.wait({waiting}, timeout=0.05)
    assert not waiting.done()
    waiting.cancel()


@pytest.mark.slow
async def test_an_agent_that_is_killed_is_noticed(tunnel_for: OpenTunnel, fake: FakeNgrok) -> None:
    tunnel = tunnel_for()
    await tunnel.open(NOWHERE)
    os.kill(fake.starts[0]["pid"], signal.SIGKILL)
    async with asyncio.timeout(2):
        assert "signal 9" in await tunnel.lost()


@pytest.mark.slow
async def test_the_end_of_the_helper_is_the_end_of_the_agent(tunnel_for: OpenTunnel, fake: FakeNgrok) -> None:
    tunnel = tunnel_for()
    await tunnel.open(NOWHERE)
    helper = os.getpgid(fake.starts[0]["pid"])
    assert helper not in (os.getpgrp(), fake.starts[0]["pid"])
    os.kill(helper, signal.SIGKILL)
    async with asyncio.timeout(2):
        assert await tunnel.lost()
    await until(lambda: not fake.running)


@pytest.mark.slow
async def test_a_lost_session_is_announced_once_and_its_return_too(
    tunnel_for: OpenTunnel, fake: FakeNgrok, announced: list[str]
) -> None:
    await tunnel_for().open(NOWHERE)
    for _ in range(2):
        await fake.logs('lvl=eror msg="session closed, starting reconnect loop" obj=csess err="read: i/o timeout"')
    await fake.logs('lvl=info msg="client session established" obj=csess')
    await until(lambda: len(announced) >= 2)
    lost, back = announced
    assert "i/o timeout" in lost
    assert "again" in back


@pytest.fixture
async def engine(fake: FakeNgrok, home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process with an open tunnel."""
    program = (
        "import asyncio, pathlib, sys\n"
        "from hookscope.secret_sources import Secret\n"
        "from hookscope.settings import TunnelSettings\n"
        "from hookscope.tunnel.ngrok import NgrokTunnel\n"
        "async def main():\n"
        "    settings = TunnelSettings(ngrok_path=pathlib.Path(sys.argv[1]), authtoken=Secret('secret'))\n"
        "    tunnel = NgrokTunnel(settings, key='a-run-that-is-killed', announce=print)\n"
        "    print(await tunnel.open(sys.argv[2]), flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, str(fake.path), NOWHERE),
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(home / "tmp")},
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout
    async with asyncio.timeout(20):
        assert await child.stdout.readline()
    yield child
    if child.returncode is None:
        child.kill()
    await child.wait()


@pytest.mark.slow
async def test_killing_hookscope_leaves_no_agent(
    engine: asyncio.subprocess.Process, fake: FakeNgrok, home: Path
) -> None:
    assert fake.running
    engine.kill()
    await engine.wait()
    await until(lambda: not fake.running)
    await until(lambda: not private_folders(home))


@pytest.mark.slow
async def test_an_agent_that_outlives_even_its_helper_is_ended_by_the_next_run(
    engine: asyncio.subprocess.Process, fake: FakeNgrok, home: Path
) -> None:
    helper = os.getpgid(fake.running[0])
    os.kill(helper, signal.SIGSTOP)  # It must not notice that its engine ends.
    engine.kill()
    await engine.wait()
    os.kill(helper, signal.SIGKILL)
    assert fake.running
    assert await end_stale_agents() == 1
    assert (fake.running, agent_files(), private_folders(home)) == ([], [], [])


@pytest.mark.slow
async def test_closing_while_it_opens_ends_everything(tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path) -> None:
    fake.breaks("mute")
    tunnel = tunnel_for()
    opening = asyncio.create_task(tunnel.open(NOWHERE))
    await until(lambda: fake.starts)
    await tunnel.close()
    with pytest.raises(TunnelError):
        await opening
    assert (fake.running, agent_files(), private_folders(home)) == ([], [], [])


async def test_closing_before_the_helper_has_started_ends_everything(
    tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path
) -> None:
    tunnel = tunnel_for()
    opening = asyncio.create_task(tunnel.open(NOWHERE))
    await until(agent_files)
    await tunnel.close()
    with pytest.raises(TunnelError, match="closed"):
        await opening
    assert (fake.running, agent_files(), private_folders(home)) == ([], [], [])


@pytest.mark.slow
async def test_cancelling_while_it_opens_ends_everything(tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path) -> None:
    fake.breaks("mute")
    opening = asyncio.create_task(tunnel_for().open(NOWHERE))
    await until(lambda: fake.starts)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert (fake.running, agent_files(), private_folders(home)) == ([], [], [])


@pytest.mark.slow
async def test_a_proxy_in_the_environment_does_not_stand_before_the_agents_api(
    tunnel_for: OpenTunnel, fake: FakeNgrok, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "example.com")
        assert await tunnel_for().open(NOWHERE)
    assert fake.starts[0]["no_proxy"] == "example.com,localhost,127.0.0.1,::1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "edge", "option"),
    [
        ("3.39.8", "/api/endpoints", {"url": "https://me.ngrok.app"}),
        ("3.18.0", "/api/tunnels", {"domain": "me.ngrok.app"}),
    ],
)
async def test_a_domain_is_asked_for_as_the_agents_version_wants_it(
    tunnel_for: OpenTunnel, fake: FakeNgrok, version: str, edge: str, option: dict[str, str]
) -> None:
    fake.claims(version)
    await tunnel_for(domain="https://me.ngrok.app/").open(NOWHERE)
    (post,) = fake.posts
    assert post["post"] == edge
    assert option.items() <= post["body"].items()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("users", "edge"),
    [
        ("version: 3\nagent:\n  authtoken: users0wn\n  connect_timeout: 9s\n", "/api/endpoints"),
        ("version: '2'\nauthtoken: users0wn\nconnect_timeout: 9s\n", "/api/tunnels"),
    ],
)
async def test_the_users_own_configuration_is_kept_and_left_alone(
    tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path, users: str, edge: str
) -> None:
    file = home / "config" / "ngrok" / "ngrok.yml"
    file.parent.mkdir(parents=True)
    file.write_text(users)
    await tunnel_for().open(NOWHERE)
    assert '"users0wn"' in fake.starts[0]["config"]
    assert '"9s"' in fake.starts[0]["config"]
    await tunnel_for(authtoken=Secret(TOKEN)).open(NOWHERE)
    assert "users0wn" not in fake.starts[1]["config"]
    assert TOKEN in fake.starts[1]["config"]
    assert [post["post"] for post in fake.posts] == [edge, edge]
    assert file.read_text() == users


@pytest.mark.slow
async def test_the_users_own_authtoken_is_never_quoted_either(
    tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = home / "config" / "ngrok" / "ngrok.yml"
    file.parent.mkdir(parents=True)
    file.write_text("version: 3\nagent:\n  authtoken: users0wn\n")
    fake.breaks("refuse")
    caplog.set_level(0)
    error = await refused(tunnel_for())
    assert "ERR_NGROK_105" in error.message
    assert "users0wn" not in f"{error.message}{error.hint}{caplog.text}"


async def test_a_configuration_that_cannot_be_read_is_named(tunnel_for: OpenTunnel, home: Path) -> None:
    file = home / "config" / "ngrok" / "ngrok.yml"
    file.parent.mkdir(parents=True)
    file.write_text("version: [3\n")
    error = await refused(tunnel_for())
    assert str(file) in error.message


@pytest.mark.slow
async def test_no_configuration_is_made_for_the_user(tunnel_for: OpenTunnel, home: Path) -> None:
    await tunnel_for().open(NOWHERE)
    assert not (home / "config").exists()


async def test_a_given_agent_that_is_missing_is_an_error_and_no_download(tunnel_for: OpenTunnel, home: Path) -> None:
    error = await refused(tunnel_for(ngrok_path=home / "none"))
    assert str(home / "none") in error.message
    assert "--ngrok-path" in (error.hint or "")


async def test_a_given_agent_that_cannot_be_executed_is_an_error(tunnel_for: OpenTunnel, home: Path) -> None:
    (home / "ngrok").write_text("#!/bin/sh\n")
    error = await refused(tunnel_for(ngrok_path=home / "ngrok"))
    assert "chmod +x" in (error.hint or "")


async def test_an_agent_that_is_no_program_is_told(tunnel_for: OpenTunnel, home: Path) -> None:
    (home / "ngrok").write_bytes(b"\x7fELF of another machine")
    (home / "ngrok").chmod(0o755)
    error = await refused(tunnel_for(ngrok_path=home / "ngrok"))
    assert str(home / "ngrok") in error.message


async def test_a_state_folder_that_cannot_be_made_is_told(
    tunnel_for: OpenTunnel, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "file"))
    with pytest.raises(HookscopeError, match="cannot be used: Not a directory") as caught:
        await tunnel_for().open(NOWHERE)
    assert "XDG_STATE_HOME" in (caught.value.hint or "")


@pytest.mark.slow
async def test_the_agent_is_found_on_the_path(
    tunnel_for: OpenTunnel, fake: FakeNgrok, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{fake.path.parent}{os.pathsep}{os.environ['PATH']}")
    assert await tunnel_for(ngrok_path=None).open(NOWHERE)
    assert fake.starts[0]["argv"][0] == str(fake.path)


@pytest.mark.slow
async def test_the_agent_is_found_where_pyngrok_keeps_it(
    tunnel_for: OpenTunnel, fake: FakeNgrok, home: Path, announced: list[str], without_ngrok: None
) -> None:
    kept = home / "config" / "ngrok" / "ngrok"
    kept.parent.mkdir(parents=True)
    shutil.copy2(fake.path, kept)
    assert await tunnel_for(ngrok_path=None).open(NOWHERE)
    assert fake.starts[0]["argv"][0] == str(kept)
    assert announced == []


async def test_a_download_is_announced_and_its_failure_told(
    tunnel_for: OpenTunnel,
    home: Path,
    announced: list[str],
    without_ngrok: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("https_proxy", NOWHERE)
    error = await refused(tunnel_for(ngrok_path=None, authtoken=Secret(TOKEN)))
    assert "downloading" in announced[0]
    assert "refused" in error.message
    assert "--ngrok-path" in (error.hint or "")
    assert capfd.readouterr() == ("", "")
    assert not (home / "config" / "ngrok" / "ngrok").exists()


@pytest.mark.parametrize("config", slow_after(1, [None, "version: 3\nagent: {web_addr: false}\n"]))
async def test_without_agent_and_authtoken_nothing_is_downloaded_and_the_other_ways_are_named(
    build: BuildTunnel, home: Path, announced: list[str], without_ngrok: None, config: str | None
) -> None:
    if config:
        write_config(home, config)
    error = await refused(build("ngrok"))
    assert "no agent on this machine, and no authtoken" in error.message
    assert all(way in (error.hint or "") for way in ("NGROK_AUTHTOKEN", "cloudflared", "ssh", "--public-url"))
    assert announced == []


async def test_an_authtoken_of_the_users_own_configuration_is_enough_for_a_download(
    tunnel_for: OpenTunnel, home: Path, announced: list[str], without_ngrok: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_config(home, f"version: 3\nagent: {{authtoken: {TOKEN}}}\n")
    monkeypatch.setenv("https_proxy", NOWHERE)
    await refused(tunnel_for(ngrok_path=None))
    assert "downloading" in announced[0]


@pytest.mark.slow
async def test_the_limits_of_the_free_plan_are_told_once(
    tunnel_for: OpenTunnel, fake: FakeNgrok, announced: list[str]
) -> None:
    fake.gives("https://red-cat.ngrok-free.app")
    tunnel = tunnel_for()
    await tunnel.open(NOWHERE)
    await tunnel.open(NOWHERE)
    (sentence,) = announced
    assert "20,000 requests a month" in sentence


@pytest.mark.slow
async def test_a_module_in_the_working_directory_does_not_stand_in_for_one_of_ours(
    tunnel_for: OpenTunnel, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "pyngrok", "hookscope"):
        (home / f"{name}.py").write_text("raise SystemExit(1)\n")
    monkeypatch.chdir(home)
    assert await tunnel_for().open(NOWHERE)


def test_pyngrok_is_loaded_in_the_helper_only() -> None:
    check = "import sys, hookscope.tunnel.ngrok; sys.exit('pyngrok' in sys.modules or 'yaml' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
