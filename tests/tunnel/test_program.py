"""A program that prints its URL, through the tunnel that takes any command."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from hookscope import paths
from hookscope.errors import ExitCode, TunnelError, UsageError
from hookscope.settings import TunnelSettings
from hookscope.tunnel import registry
from hookscope.tunnel.base import Tunnel
from hookscope.tunnel.command import CommandTunnel
from tests.fakes.fake_program import FakeProgram
from tests.support.slow import slow_rows_after
from tests.support.until import until
from tests.tunnel.conftest import LOCAL, refused

URL = "https://red-cat.example.com"

Build = Callable[..., CommandTunnel]


class HastyTunnel(CommandTunnel):
    """Waits for less long than people do."""

    deadline = 3.0


@pytest.fixture
def program(program: FakeProgram) -> FakeProgram:
    return program.named("bore")


@pytest.fixture
async def build(program: FakeProgram, announced: list[str]) -> AsyncIterator[Build]:
    """Makes tunnels by a command, and closes them at the end, when no process and no file may be left."""
    tunnels: list[Tunnel] = []

    def make(command: str = "bore {port}", kind: type[CommandTunnel] = CommandTunnel, **more: Any) -> CommandTunnel:
        settings = TunnelSettings(name="command", command=command, **more)
        tunnels.append(tunnel := kind(settings, key="a-run", announce=announced.append))
        return tunnel

    yield make
    await asyncio.gather(*(tunnel.close() for tunnel in tunnels))
    await until(lambda: not program.running)
    assert list(paths.agents_folder().glob("*")) == []


@pytest.mark.parametrize(
    ("steps", "pattern"),
    slow_rows_after(
        2,
        [
            ([("say", f"forwarding {URL}/ -> here\n")], None),
            ([("warn", f"forwarding {URL} -> {LOCAL}\n")], None),
            ([("say", f"\x1b[32m{URL}\x1b[0m\r\n")], None),
            ([("say", f"no end of line: {URL}")], None),
            ([("warn", f"see https://docs.example.org\nred-cat is {URL}\n")], r"is (https://\S+)"),
            ([("say", "listening at red-cat.example.com:443\n")], r"at (\S+):443"),
        ],
    ),
)
async def test_its_public_url_is_read_from_what_it_prints(
    build: Build, program: FakeProgram, steps: list[tuple[str, str]], pattern: str | None
) -> None:
    program.plays(*steps)
    assert await build(url_pattern=pattern).open(LOCAL) == URL


async def test_port_and_url_are_put_in_without_a_shell_and_without_secrets(
    build: Build, program: FakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKSCOPE_APP_SECRET", "a secret")
    monkeypatch.setenv("NGROK_AUTHTOKEN", "another")
    program.plays(("say", URL + "\n"))
    await build("bore 'a b' --to={port} {url}/ '$HOME;ls'").open(LOCAL)
    (call,) = program.calls
    assert call["argv"][1:] == ["a b", "--to=4711", f"{LOCAL}/", "$HOME;ls"]
    assert not {"HOOKSCOPE_APP_SECRET", "NGROK_AUTHTOKEN"} & set(call["environment"])


async def test_closing_ends_it_and_its_children_even_when_they_are_stubborn(build: Build, program: FakeProgram) -> None:
    program.plays(("stubborn",), ("child",), ("say", URL + "\n"))
    tunnel = build()
    await tunnel.open(LOCAL)
    assert len(program.running) == 2
    await tunnel.close()
    await until(lambda: not program.running)
    await tunnel.close()


async def test_its_death_is_noticed_and_it_opens_again_at_another_address(build: Build, program: FakeProgram) -> None:
    program.plays(("say", URL + "\n"), ("wait", str(program.cue)), ("warn", "connection lost\n"))
    tunnel = build()
    await tunnel.open(LOCAL)
    program.cue.touch()
    await asyncio.wait_for(tunnel.stirred(), 30)
    os.kill(program.calls[0]["pid"], signal.SIGKILL)
    async with asyncio.timeout(2):
        reason = await tunnel.lost()
    assert reason.startswith("bore has ended")
    assert "signal 9" in reason
    assert "connection lost" in reason
    program.plays(("say", "https://blue-dog.example.com\n"))
    assert await tunnel.open(LOCAL) == "https://blue-dog.example.com"
    assert len(program.running) == 1


async def test_the_end_of_the_helper_is_the_end_of_the_program(build: Build, program: FakeProgram) -> None:
    program.plays(("say", URL + "\n"))
    tunnel = build()
    await tunnel.open(LOCAL)
    helper = os.getpgid(program.calls[0]["pid"])
    assert helper not in (os.getpgrp(), program.calls[0]["pid"])
    os.kill(helper, signal.SIGKILL)
    async with asyncio.timeout(2):
        assert await tunnel.lost()
    await until(lambda: not program.running)


async def test_another_url_later_is_a_move_of_the_same_program(build: Build, program: FakeProgram) -> None:
    program.plays(("say", URL + "\n"), ("wait", str(program.cue)), ("say", f"{URL}\nhttps://blue-dog.example.com\n"))
    tunnel = build(url_pattern=r"https://\S+\.example\.com")
    await tunnel.open(LOCAL)
    program.cue.touch()
    assert "another URL" in await asyncio.wait_for(tunnel.lost(), 30)
    assert await tunnel.open(LOCAL) == "https://blue-dog.example.com"
    assert len(program.calls) == 1
    os.kill(program.calls[0]["pid"], signal.SIGKILL)
    async with asyncio.timeout(2):
        assert "signal 9" in await tunnel.lost()


async def test_without_a_pattern_later_links_are_no_move(build: Build, program: FakeProgram) -> None:
    later = ("say", "GET https://other.example.org\nerror: done\n")
    program.plays(("say", URL + "\n"), ("wait", str(program.cue)), later)
    tunnel = build()
    await tunnel.open(LOCAL)
    program.cue.touch()
    await asyncio.wait_for(tunnel.stirred(), 30)
    assert not tunnel._lost.is_set()


@pytest.mark.parametrize(
    ("steps", "told", "hint"),
    slow_rows_after(
        2,
        [
            ([], "it printed nothing", "foreground"),
            ([("say", "hello\n")], "no public URL within 3 s; its last lines: hello", "--tunnel-url-pattern"),
            ([("say", "at http://red-cat.example.com\n")], "Meta delivers only to https", "https"),
            (
                [("warn", "no such\x1b[2J host\n"), ("exit", 3)],
                "(exit status 3); its last lines: no such host",
                "itself",
            ),
            ([("say", f"{URL}\n"), ("exit", 0)], "exit status 0", "foreground"),
            (
                [("say", f"{URL} https://blue-dog.example.com\n")],
                f"several URLs: {URL}, https://blue",
                "--tunnel-url-pa",
            ),
        ],
    ),
)
async def test_each_way_to_fail_has_one_error_with_the_next_step(
    build: Build, program: FakeProgram, steps: list[tuple[Any, ...]], told: str, hint: str
) -> None:
    program.plays(*steps)
    error = await refused(build(kind=HastyTunnel))
    assert told in error.message
    assert hint.replace("itself", "yourself") in (error.hint or "")
    assert error.code is ExitCode.NO_PUBLIC_URL
    await until(lambda: not program.running)


async def test_a_program_that_is_missing_is_told_before_anything_starts(build: Build) -> None:
    error = await refused(build("no-such-program {port}"))
    assert "no program no-such-program on PATH" in error.message
    assert "--tunnel-command" in (error.hint or "")
    assert "--public-url" in (error.hint or "")


async def test_a_flood_is_bounded_and_harms_nothing(build: Build, program: FakeProgram) -> None:
    program.plays(("say", "x" * 300_000 + "\n" + "noise\n" * 50_000), ("say", URL + "\n"))
    tunnel = build()
    assert await tunnel.open(LOCAL) == URL
    assert len(tunnel._transcript.last_words) <= 300


async def test_closing_while_it_comes_up_ends_it(build: Build, program: FakeProgram) -> None:
    tunnel = build()
    opening = asyncio.create_task(tunnel.open(LOCAL))
    await until(lambda: program.running)
    await tunnel.close()
    with pytest.raises(TunnelError):
        await opening
    await until(lambda: not program.running)


@pytest.mark.parametrize(
    ("command", "pattern", "told"),
    [
        (None, None, "needs the command itself"),
        ("", None, "needs the command itself"),
        ("bore 'x {port}", None, "cannot be read: No closing quotation"),
        ("bore 3000", None, "does not say where the receiver is"),
        ("bore {port}", "(", "is not a regular expression"),
    ],
)
def test_unusable_settings_are_refused_at_once(command: str | None, pattern: str | None, told: str) -> None:
    settings = TunnelSettings(name="command", command=command, url_pattern=pattern)
    with pytest.raises(UsageError, match=told) as caught:
        registry.build(settings, key="a-run", announce=lambda _: None)
    assert caught.value.hint
