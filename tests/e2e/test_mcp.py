"""`hookscope mcp` as a process: with the SDK's own client over stdio, and without the SDK."""

import importlib.util
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.application import Application
from tests.support.captures import SECRET
from tests.support.program import COMMAND, Home, call, start

RUN = ("run", "--sandbox", "--object", "payments", "--fields", "actions", "--json")
"""A run whose demo is not what the tests trigger."""

needs_sdk = pytest.mark.skipif(importlib.util.find_spec("mcp_types") is None, reason="needs the extra `mcp`")


@asynccontextmanager
async def assistant(home: Home, *arguments: str) -> AsyncIterator[Any]:
    """Start the server as an assistant's program does, and connect to it."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    program, *module = COMMAND
    command = StdioServerParameters(
        command=program, args=[*module, "mcp", *arguments], env=home.environment, cwd=home.work
    )
    async with Client(command) as client:
        yield client


@needs_sdk
async def test_an_assistant_reads_replays_and_triggers_beside_a_run(home: Home) -> None:
    secret_of_run = {"HOOKSCOPE_APP_SECRET": SECRET}  # The server does not know it.
    async with (
        Application() as app,
        start(home, *RUN, "--forward-to", app.url, environment=secret_of_run) as run,
        assistant(home, "--allow-send") as client,
    ):
        await run.next("subscription.active")
        changes = [f"value.message=the secret is {SECRET}"]
        triggered = await client.call_tool("trigger_sample", {"sample": "page.feed.comment", "changes": changes})
        assert not triggered.is_error, triggered.content[0].text
        capture_id = triggered.structured_content["deliveries"][0]["capture_id"]
        await run.next("delivery", capture_id=capture_id, cause="forward")

        shown = await client.call_tool("show_capture", {"capture_id": capture_id})
        assert shown.structured_content["deliveries"][0]["status"] == 200
        assert "the secret is REDACTED" in shown.content[0].text
        listed = await client.call_tool("list_captures", {"filter": f"id:{capture_id}"})
        assert listed.structured_content["captures"][0]["signature"] == "valid"
        assert SECRET not in f"{shown} {listed}"

        replayed = await client.call_tool("replay_captures", {"capture_ids": [capture_id]})
        assert replayed.structured_content["deliveries"][0]["target"] == app.url
        doctor = await client.call_tool("run_doctor", {})
        assert "app.credentials" in [line["check"] for line in doctor.structured_content["lines"]]
        (content,) = (await client.read_resource("hookscope://captures")).contents
        assert SECRET not in content.text
    first, second = [sent for sent in app.received if SECRET.encode() in sent.body]
    assert first.body == second.body


@needs_sdk
@pytest.mark.slow
async def test_a_run_that_forwards_elsewhere_is_not_triggered(home: Home) -> None:
    async with (
        Application() as app,
        start(home, *RUN, "--forward-to", app.url) as run,
        assistant(home, "--allow-send", "--to", "3000/other") as client,
    ):
        await run.next("subscription.active")
        refused = await client.call_tool("trigger_sample", {"sample": "page.feed.comment"})
    assert refused.is_error
    assert f"{app.url} is not among the targets that the user allows" in refused.content[0].text


@needs_sdk
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_though_the_assistant_is_still_there(home: Home, number: signal.Signals) -> None:
    async with start(home, "mcp", command=COMMAND, stdin=subprocess.PIPE) as program:
        assert isinstance(program.process, Process)
        assert program.process.stdin
        program.process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        await program.line('"id":1')
        program.send(number)
        assert await program.end() == 0


@needs_sdk
@pytest.mark.slow
async def test_it_ends_with_a_client_that_reads_no_more(home: Home) -> None:
    theirs, ours = os.pipe()
    async with start(home, "mcp", command=COMMAND, stdin=subprocess.PIPE, stdout=ours) as program:
        os.close(ours)
        os.close(theirs)
        assert isinstance(program.process, Process)
        assert program.process.stdin  # It stays open: the end of stdin would end it, too.
        program.process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        assert await program.end() == 0
    assert program.errors == ""


def test_without_the_sdk_it_says_what_to_install(home: Home) -> None:
    code = "import sys; sys.modules['mcp_types'] = None; from hookscope.cli import main; main(['mcp'])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=home.environment, cwd=home.work, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'hookscope[mcp]'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--to", "3000"), "--to needs --allow-send"),
        (("--app-secret-file", "-"), "--app-secret-file - reads stdin"),
    ],
)
async def test_options_that_cannot_be_are_refused(home: Home, arguments: tuple[str, ...], told: str) -> None:
    done = await call(home, "mcp", *arguments)
    assert done.code == 2
    assert told in done.stderr
