"""ssh: a real one to a real server on loopback, and the lines of a service that prints its URL."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from hookscope.errors import UsageError
from tests.fakes.fake_program import FakeProgram
from tests.support.free_port import free_port
from tests.support.until import until
from tests.tunnel.conftest import LOCAL, BuildTunnel, refused

_SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
_SSH = shutil.which("ssh")
_SERVICE = """\
===============================================================================
Welcome to localhost.run!
Follow your favourite reverse tunnel at https://twitter.com/localhost_run.
To set up and manage custom domains go to https://admin.localhost.run/
===============================================================================
** your connection id is 0a1b2c3d, please mention it if you send me a message about an issue. **
{0}.lhr.life tunneled with tls termination, https://{0}.lhr.life
"""

needs_sshd = pytest.mark.skipif(not (_SSHD and _SSH), reason="there is no sshd, or no ssh, on this machine")


class Server:
    """A real sshd on loopback, and an `ssh` on PATH that finds it, with keys of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()

    async def start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder.mkdir(mode=0o700)
        for name in ("host", "user"):
            keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self._folder / name)]
            await asyncio.to_thread(subprocess.run, keygen, check=True)
        with suppress(PermissionError):  # Only root's sshd needs it.
            await asyncio.to_thread(Path("/run/sshd").mkdir, exist_ok=True)
        self._write("authorized", (self._folder / "user.pub").read_text())
        self.forget(knows_us=True)
        self._write(
            "sshd_config",
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self._folder}/host\nStrictModes no\nUsePAM no\n"
            f"AuthorizedKeysFile {self._folder}/authorized\nPidFile none\n",
        )
        self._write(
            "config",
            f"Host *\n Port {self.port}\n IdentityFile {self._folder}/user\n IdentitiesOnly yes\n"
            f" UserKnownHostsFile {self._folder}/known\n GlobalKnownHostsFile none\n",
        )
        (self._folder / "bin").mkdir()
        wrapper = self._folder / "bin" / "ssh"
        wrapper.write_text(f'#!/bin/sh\nexec {_SSH} -F {self._folder}/config "$@"\n')
        wrapper.chmod(0o755)
        monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
        assert _SSHD
        self.process = await asyncio.create_subprocess_exec(
            *(_SSHD, "-D", "-e", "-f", str(self._folder / "sshd_config")), stderr=asyncio.subprocess.DEVNULL
        )
        await until(lambda: _answers(self.port))

    def forget(self, *, knows_us: bool = False) -> None:
        """Have the client know the server's key, or not."""
        key = (self._folder / "host.pub").read_text()
        self._write("known", f"[127.0.0.1]:{self.port} {key}" if knows_us else "")

    def lock_out(self) -> None:
        """Accept no key any more."""
        self._write("authorized", "")

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text)


@pytest.fixture
async def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    made = Server(home / "ssh")
    await made.start(monkeypatch)
    yield made
    if made.process.returncode is None:
        made.process.kill()
        await made.process.wait()


@pytest.fixture
async def local_url() -> AsyncIterator[str]:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@needs_sshd
async def test_a_host_of_ones_own_leads_here_until_the_connection_ends(
    build: BuildTunnel, server: Server, local_url: str
) -> None:
    port = free_port()
    tunnel = build("ssh", host=f"127.0.0.1:{port}", domain=f"http://127.0.0.1:{port}")
    public_url = await tunnel.open(local_url)
    async with aiohttp.ClientSession() as session, session.get(public_url) as response:
        assert await response.text() == "hello"
    await tunnel.close()
    await until(lambda: not _answers(port))  # The server needs a moment to notice.


@needs_sshd
async def test_a_host_key_that_is_not_known_is_never_accepted(build: BuildTunnel, server: Server) -> None:
    server.forget()
    error = await refused(build("ssh", host="127.0.0.1:0", domain="hooks.example.com"))
    assert "Host key verification failed" in error.message
    assert "`ssh 127.0.0.1` once" in (error.hint or "")


@pytest.mark.slow
@needs_sshd
async def test_a_host_that_takes_no_key_asks_for_nothing(build: BuildTunnel, server: Server) -> None:
    server.lock_out()
    error = await refused(build("ssh", host="127.0.0.1:0", domain="hooks.example.com"))
    assert "accepts none of your keys" in error.message


@pytest.mark.slow
@needs_sshd
async def test_a_port_that_is_in_use_is_said(build: BuildTunnel, server: Server) -> None:
    error = await refused(build("ssh", host=f"127.0.0.1:{server.port}", domain="hooks.example.com"))
    assert "in use" in error.message
    assert "--tunnel-host 127.0.0.1:PORT" in (error.hint or "")


@needs_sshd
async def test_a_host_that_is_away_is_said(build: BuildTunnel, server: Server) -> None:
    server.process.kill()
    await server.process.wait()
    assert "cannot be reached" in (await refused(build("ssh", host="127.0.0.1:0", domain="a.example.com"))).message


async def test_a_service_names_its_url_and_may_change_it(
    build: BuildTunnel, program: FakeProgram, announced: list[str]
) -> None:
    program.named("ssh").plays(
        ("say", _SERVICE.format("8beaa541")), ("wait", str(program.cue)), ("say", _SERVICE.format("9cfbb652"))
    )
    tunnel = build("ssh")
    assert await tunnel.open(LOCAL) == "https://8beaa541.lhr.life"
    argv = program.calls[0]["argv"]
    assert argv[-4:] == ["-R", "80:127.0.0.1:4711", "--", "nokey@localhost.run"]
    assert not any("StrictHostKeyChecking" in word for word in argv)
    assert "nokey@localhost.run" in announced[0]
    program.cue.touch()
    await asyncio.wait_for(tunnel.lost(), 30)
    assert await tunnel.open(LOCAL) == "https://9cfbb652.lhr.life"
    assert len(program.calls) == 1
    os.kill(program.calls[0]["pid"], signal.SIGKILL)
    await asyncio.wait_for(tunnel.lost(), 30)
    await tunnel.open(LOCAL)
    assert len(announced) == 1


async def test_a_host_that_prints_no_url_needs_a_domain(build: BuildTunnel, program: FakeProgram) -> None:
    program.named("ssh").plays(("say", "Welcome to Debian\n"), ("exit", 0))
    error = await refused(build("ssh", host="me@hooks.example.com:8080"))
    assert program.calls[0]["argv"][-4:] == ["-R", "8080:127.0.0.1:4711", "--", "me@hooks.example.com"]
    assert "--domain" in (error.hint or "")


def test_a_domain_without_its_host_is_refused(build: BuildTunnel) -> None:
    with pytest.raises(UsageError, match="--domain") as caught:
        build("ssh", domain="hooks.example.com")
    assert "--tunnel-host" in (caught.value.hint or "")


@pytest.mark.parametrize("host", ["-oProxyCommand=x", "me@a b", "a:99999", ":80"])
def test_an_invalid_host_is_refused(build: BuildTunnel, host: str) -> None:
    with pytest.raises(UsageError, match="--tunnel-host"):
        build("ssh", host=host)
