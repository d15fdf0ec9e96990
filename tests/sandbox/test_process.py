"""The sandbox as a process: it serves, and never outlives whoever started it."""

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from hookscope.errors import HookscopeError, UsageError
from hookscope.sandbox.address import SandboxAddress
from hookscope.sandbox.launch import launch
from hookscope.sandbox.process import SandboxProcess
from tests.sandbox.callback import VERIFY_TOKEN, Callback
from tests.support.certificates import Authority
from tests.support.processes import is_running, python
from tests.support.slow import slow_after
from tests.support.until import until

_COMMAND_LINES = Path("/proc/self/cmdline")
_PARENT = """
import asyncio, sys
from hookscope.sandbox.launch import launch
from hookscope.sandbox.process import SandboxProcess

async def main():
    async with SandboxProcess(launch()) as sandbox:
        print(sandbox.pid, sandbox.address.base_url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def _subscribe(address: SandboxAddress, callback_url: str) -> tuple[int, str]:
    form = {
        "object": "page",
        "callback_url": callback_url,
        "verify_token": VERIFY_TOKEN,
        "fields": "feed",
        "access_token": f"{address.app_id}|{address.app_secret.reveal()}",
    }
    url = f"{address.base_url}/v25.0/{address.app_id}/subscriptions"
    async with ClientSession() as session, session.post(url, data=form) as response:
        return response.status, await response.text()


@pytest.mark.slow
async def test_it_plays_the_demo_to_whoever_registers(callback: Callback) -> None:
    async with SandboxProcess(launch()) as sandbox:
        status, _ = await _subscribe(sandbox.address, callback.url)
        events = await callback.wait_for_events(1)

    assert status == 200
    assert events[0].json()["object"] == "page"


@pytest.mark.slow
async def test_it_ends_with_its_context() -> None:
    async with SandboxProcess(launch(app_id="1234567890123456")) as sandbox:
        pid, address = sandbox.pid, sandbox.address
        assert is_running(pid)
        assert os.getsid(pid) == pid

    assert address.app_id == "1234567890123456"
    assert not is_running(pid)
    async with ClientSession() as session:
        with pytest.raises(ClientError):
            await session.get(address.base_url)


@pytest.mark.skipif(not _COMMAND_LINES.exists(), reason="needs /proc")
async def test_its_secrets_are_on_no_command_line() -> None:
    async with SandboxProcess(launch()) as sandbox:
        command_line = Path(f"/proc/{sandbox.pid}/cmdline").read_bytes()

    assert b"\0hookscope.sandbox\0" in command_line
    assert sandbox.address.app_secret.reveal().encode() not in command_line


async def test_its_end_is_noticed() -> None:
    async with SandboxProcess(launch()) as sandbox:
        os.kill(sandbox.pid, signal.SIGKILL)

        assert await sandbox.wait() == -signal.SIGKILL


@pytest.mark.slow
async def test_a_start_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(HookscopeError, match=r"did not start within 0\.01 s") as caught:
        async with SandboxProcess(launch(), deadline=0.01):
            pass

    assert caught.value.hint


async def test_a_start_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ImportError('no aiohttp today')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(HookscopeError, match="did not start: ImportError: no aiohttp today"):
        async with SandboxProcess(launch()):
            pass


@pytest.mark.slow
async def test_modules_in_the_working_directory_are_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets.py").write_text("raise SystemExit('loaded the wrong module')")
    monkeypatch.chdir(tmp_path)

    async with SandboxProcess(launch()) as sandbox:
        assert sandbox.address.base_url


async def test_a_python_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(HookscopeError, match="cannot be started"):
        async with SandboxProcess(launch()):
            pass


@pytest.mark.slow
async def test_it_is_ended_when_its_start_is_cancelled() -> None:
    sandbox = SandboxProcess(launch())
    start = asyncio.create_task(sandbox.__aenter__())
    await until(lambda: any(task.get_name() == "address of the sandbox" for task in asyncio.all_tasks()))
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start

    assert not is_running(sandbox.pid)


@pytest.mark.parametrize("how", slow_after(1, ["end of stdin", "SIGTERM", "SIGINT"]))
async def test_the_child_ends_cleanly(how: str) -> None:
    async with python("-m", "hookscope.sandbox", stdin=PIPE) as process:
        assert process.stdout
        assert process.stdin
        process.stdin.write(b"{}\n")
        await process.stdout.readline()
        if how == "end of stdin":
            process.stdin.close()
        else:
            process.send_signal(getattr(signal, how))
        _, errors = await asyncio.wait_for(process.communicate(), 30)

    assert (process.returncode, errors) == (0, b"")


async def test_nothing_is_left_when_the_parent_is_killed() -> None:
    async with python("-c", _PARENT) as parent:
        assert parent.stdout
        pid, url = (await parent.stdout.readline()).decode().split()
        assert is_running(int(pid))
        parent.kill()
        await until(lambda: not is_running(int(pid)))

        async with ClientSession() as session:
            with pytest.raises(ClientError):
                await session.get(url)


@pytest.mark.slow
async def test_a_certificate_for_another_host_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with Callback(tls=authority.server("other.example")) as callback, SandboxProcess(launch()) as sandbox:
        status, body = await _subscribe(sandbox.address, callback.url)

    assert status == 400
    assert "curl_errno = 51; curl_error = SSL: no alternative certificate subject name matches target host name" in body


@pytest.mark.parametrize("variable", ["HOOKSCOPE_WABA_ID", "HOOKSCOPE_PHONE_NUMBER_ID"])
def test_a_business_that_cannot_be_is_a_mistake_of_the_user(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "my account")
    with pytest.raises(UsageError, match=f"{variable} 'my account' is not a number"):
        launch()


async def test_a_process_that_ended_before_it_was_told_anything_is_a_failed_start() -> None:
    process = subprocess.Popen(
        (sys.executable, "-c", "raise SystemExit('no such module')"), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    assert process.stdin
    await asyncio.to_thread(process.wait)
    process.stdin.write(b"{}")  # Kept in the buffer, as what could not be sent is.
    with pytest.raises(HookscopeError, match="the sandbox did not start: no such module"):
        async with SandboxProcess(process):
            pass
