"""The program on a terminal: what a person sees, types, and is left with."""

import asyncio
import os
import re
import signal
import sqlite3
from contextlib import closing

import pytest

from hookscope.tunnel.process import identify
from tests.e2e.conftest import Graph
from tests.support.application import Application
from tests.support.captures import feed_body
from tests.support.processes import child_of, is_running, needs_proc
from tests.support.program import Home, start
from tests.support.slow import slow_after, slow_rows_after
from tests.support.terminal import on_terminal
from tests.support.until import until


@pytest.mark.parametrize("key", slow_after(1, ["q", "\x03"]))
async def test_a_key_ends_the_run_and_puts_everything_back(home: Home, graph: Graph, key: str) -> None:
    async with on_terminal(home, "run", environment=graph.environment) as terminal:
        await until(lambda: graph.registered)
        await graph.deliver(feed_body("Hello there"))
        await terminal.shows("Hello")
        terminal.type(key)
        assert await terminal.end() == 0
        assert terminal.is_sane
        assert b"removed    page" in terminal.screen
    assert graph.registered == {}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_to_the_run_ends_it_in_order(home: Home, graph: Graph, number: signal.Signals) -> None:
    async with on_terminal(home, "run", environment=graph.environment) as terminal:
        await until(lambda: graph.registered)
        os.kill(terminal.pid, number)
        assert await terminal.end() == 0
        assert terminal.is_sane
    assert graph.registered == {}


@pytest.mark.slow
@needs_proc
async def test_when_the_terminal_is_closed_everything_is_put_back(home: Home, graph: Graph) -> None:
    async with on_terminal(home, "run", environment=graph.environment) as terminal:
        await until(lambda: graph.registered)
        view = child_of(terminal.pid, "hookscope.tui")
        os.kill(terminal.pid, signal.SIGHUP)
        os.kill(view, signal.SIGHUP)
        assert await terminal.end() == 0
    assert graph.registered == {}


@pytest.mark.slow
@needs_proc
async def test_a_view_that_dies_does_not_end_the_run(home: Home, graph: Graph) -> None:
    async with on_terminal(home, "run", environment=graph.environment) as terminal:
        await until(lambda: graph.registered)
        await terminal.shows("hookscope")
        os.kill(child_of(terminal.pid, "hookscope.tui"), signal.SIGKILL)
        await terminal.shows("the view ended")
        assert terminal.is_sane
        assert await graph.deliver(feed_body()) == 200
        await terminal.shows("--> page.feed  comment add")
        os.kill(terminal.pid, signal.SIGINT)
        assert await terminal.end() == 0
    assert graph.registered == {}


@pytest.mark.slow
@needs_proc
async def test_a_view_whose_run_was_killed_says_so_and_what_to_type(home: Home, graph: Graph) -> None:
    async with on_terminal(home, "run", environment=graph.environment, shell=True) as terminal:
        await until(lambda: graph.registered)
        await terminal.shows("● live")
        run = child_of(terminal.pid, "hookscope")
        view = child_of(run, "hookscope.tui")
        os.kill(run, signal.SIGKILL)
        await terminal.shows("hookscope teardown")
        terminal.type("q")
        await until(lambda: identify(view) is None)


@pytest.mark.slow
async def test_a_terminal_that_cannot_draw_gets_lines(home: Home) -> None:
    async with on_terminal(home, "run", "--sandbox", "--exit-after", "1", environment={"TERM": "dumb"}) as terminal:
        assert await terminal.end() == 0
        assert b"\x1b[?1049h" not in terminal.screen
        assert b"  --> page." in terminal.screen


@pytest.mark.parametrize(
    ("option", "environment", "is_colored"),
    slow_rows_after(
        2,
        [
            (("--color", "off"), {}, False),
            (("--color", "on"), {"NO_COLOR": "1"}, True),
            ((), {"CLICOLOR": "0"}, False),
            ((), {"NO_COLOR": "1"}, False),
            ((), {"NO_COLOR": ""}, True),
            ((), {}, True),
        ],
    ),
)
async def test_the_screen_has_the_colors_that_are_asked_for(
    home: Home, graph: Graph, option: tuple[str, ...], environment: dict[str, str], is_colored: bool
) -> None:
    environment = {**graph.environment, "COLORTERM": "truecolor", **environment}
    async with on_terminal(home, "run", *option, environment=environment) as terminal:
        await terminal.shows("● live")
        terminal.type("q")
        assert await terminal.end() == 0
    colors = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", terminal.screen)
    assert colors
    assert any(len(set(color)) > 1 for color in colors) is is_colored


async def test_a_terminal_without_color_gets_none(home: Home) -> None:
    async with on_terminal(home, "captures", "show", "1", environment={"TERM": "dumb"}) as terminal:
        assert await terminal.end() == 2
    assert b"error:" in terminal.screen
    assert b"\x1b" not in terminal.screen


@pytest.mark.parametrize(
    ("command", "code", "told"),
    slow_rows_after(
        1, [(("teardown", "--forget"), 0, b"was not forgotten"), (("doctor", "--fix"), 8, b"nothing was run")]
    ),
)
async def test_whoever_says_no_keeps_what_a_killed_run_left(
    home: Home, graph: Graph, command: tuple[str, ...], code: int, told: bytes
) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        await run.kill()
    async with on_terminal(home, *command, environment=graph.environment) as terminal:
        await terminal.shows("[y/N]")
        terminal.type("n\n")
        assert await terminal.end() == code
    assert told in terminal.screen
    assert graph.registered


async def test_whoever_says_no_keeps_the_subscription(home: Home, graph: Graph) -> None:
    await graph.preset("http://127.0.0.1:9/hook", ["feed"])
    wanted = ("subscriptions", "remove", "--object", "page")
    async with on_terminal(home, *wanted, environment=graph.environment) as terminal:
        await terminal.shows("[y/N]")
        terminal.type("n\n")
        assert await terminal.end() == 0
    assert b"nothing was removed" in terminal.screen
    assert graph.registered


@pytest.mark.parametrize(
    ("theirs", "shown"),
    [
        (("http://127.0.0.1:1/theirs", ["feed"]), b"points to http://127.0.0.1:1/theirs with feed now"),
        (("http://127.0.0.1:9/hook", ["feed", "messages"]), b"points to http://127.0.0.1:9/hook with feed, messages"),
        (None, b"points to nothing now"),
    ],
    ids=["another callback", "one more field", "nothing"],
)
async def test_a_subscription_that_is_not_the_one_the_user_was_asked_about_stays(
    theirs: tuple[str, list[str]] | None, shown: bytes, home: Home, graph: Graph
) -> None:
    await graph.preset("http://127.0.0.1:9/hook", ["feed"])
    wanted = ("subscriptions", "remove", "--object", "page")
    async with on_terminal(home, *wanted, environment=graph.environment) as terminal:
        await terminal.shows("[y/N]")
        graph.server.world.unsubscribe(graph.server.world.app.id, "page")
        if theirs:
            await graph.preset(*theirs)
        terminal.type("y\n")
        assert await terminal.end() == 9
    assert b"has changed since it was read" in terminal.screen
    assert shown in b" ".join(terminal.screen.split())
    assert graph.registered == ({"page": theirs} if theirs else {})


@pytest.mark.slow
async def test_an_attached_view_can_be_closed_and_the_run_goes_on(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        async with on_terminal(home, "attach") as terminal:
            await terminal.shows("● live")
            await graph.deliver(feed_body("Seen twice"))
            await terminal.shows("Seen twice")
            terminal.type("q")
            await terminal.shows("close this view only")
            terminal.type("v")
            assert await terminal.end() == 0
            assert terminal.is_sane
        assert run.process.returncode is None
        assert graph.registered


@pytest.mark.slow
async def test_an_attached_view_whose_run_ends_elsewhere_says_so(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        async with on_terminal(home, "attach") as terminal:
            await terminal.shows("● live")
            run.send(signal.SIGTERM)
            assert await run.end() == 0
            assert await terminal.end() == 0
            assert b"the run has ended with exit code 0" in terminal.screen.rpartition(b"\x1b[?1049l")[2]


@pytest.mark.slow
async def test_the_error_that_ends_a_start_stays_on_the_terminal(home: Home, graph: Graph) -> None:
    await graph.preset("https://prod.example/hook", ["feed"])
    async with on_terminal(home, "run", environment=graph.environment) as terminal:
        assert await terminal.end() == 9
        assert terminal.is_sane
        left = terminal.screen.rpartition(b"\x1b[?1049l")[2]
        assert b"prod.example" in left
        assert b"--takeover" in left


@pytest.mark.slow
async def test_errors_on_the_screen_are_repeated_after_it(home: Home, graph: Graph) -> None:
    async with on_terminal(home, "run", environment=graph.environment) as terminal:
        await until(lambda: graph.registered)
        await terminal.shows("● live")
        with closing(sqlite3.connect(home.journal)) as journal:
            journal.execute("ALTER TABLE captures RENAME TO lost")
        assert await graph.deliver(feed_body()) == 503
        terminal.type("q")
        assert await terminal.end() == 0
        left = terminal.screen.rpartition(b"\x1b[?1049l")[2]
        assert b"deliveries are answered 503" in left
    assert graph.registered == {}


@pytest.mark.slow
async def test_undelivered_notifications_are_reported_after_the_screen(home: Home, graph: Graph) -> None:
    async with Application() as app:
        pass  # now the port is known, and nobody listens
    async with on_terminal(home, "run", "-f", app.url, environment=graph.environment) as terminal:
        await until(lambda: graph.registered)
        await graph.deliver(feed_body())
        await terminal.shows("held")
        terminal.type("q")
        assert await terminal.end() == 0
        left = terminal.screen.rpartition(b"\x1b[?1049l")[2]
        assert b"1 notification for " in left
        assert b"is down" not in left


@pytest.mark.slow
async def test_the_secret_is_asked_for_and_not_shown(home: Home, graph: Graph) -> None:
    environment = {name: value for name, value in graph.environment.items() if name != "HOOKSCOPE_APP_SECRET"}
    async with on_terminal(home, "run", "--output", "plain", environment=environment) as terminal:
        await terminal.shows("App secret")
        terminal.type(f"{graph.secret}\n")
        await terminal.shows("registered")
        os.kill(terminal.pid, signal.SIGINT)
        assert await terminal.end() == 0
        assert graph.secret.encode() not in terminal.screen


@pytest.mark.slow
async def test_hostile_payloads_do_not_steer_the_screen(home: Home, graph: Graph) -> None:
    async with on_terminal(home, "run", environment=graph.environment) as terminal:
        await until(lambda: graph.registered)
        await graph.deliver(feed_body("EVIL \x1b]0;owned\x07\x1b[2J [bold]no[/bold] \x9b31m"))
        await terminal.shows("EVIL")
        terminal.type("\r")
        await asyncio.sleep(0)
        assert b"\x1b]0;owned" not in terminal.screen
        assert b"\x9b31m" not in terminal.screen
        terminal.type("q")
        assert await terminal.end() == 0


@pytest.mark.slow
async def test_a_second_ctrl_c_on_the_screen_leaves_at_once(home: Home, graph: Graph) -> None:
    async with on_terminal(home, "run", environment=graph.environment) as terminal:
        await until(lambda: graph.registered)
        await terminal.shows("● live")
        graph.server.knobs.turn({"failing_calls": 9, "failing_method": "DELETE", "call_failure": "lost"})
        terminal.type("\x03")
        await terminal.shows("leave at once")
        terminal.type("\x03")
        assert await terminal.end() == 7
        assert terminal.is_sane
        assert b"hookscope teardown" in terminal.screen


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("session", [False, True])
async def test_a_run_whose_terminal_is_gone_ends_with_its_view_and_puts_everything_back(
    home: Home, graph: Graph, session: bool
) -> None:
    async with on_terminal(home, "run", environment=graph.environment, session=session) as terminal:
        await until(lambda: graph.registered)
        await terminal.shows("● live")
        view = child_of(terminal.pid, "hookscope.tui")
        terminal.hang_up()
        assert await terminal.end() == 0
        await until(lambda: not is_running(view))
    assert graph.registered == {}


@pytest.mark.slow
@needs_proc
async def test_a_view_goes_with_the_attach_that_was_killed(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        async with on_terminal(home, "attach", shell=True) as terminal:
            await terminal.shows("● live")
            attach = child_of(terminal.pid, "hookscope")
            view = child_of(attach, "hookscope.tui")
            os.kill(attach, signal.SIGKILL)
            await until(lambda: not is_running(view))
            await until(lambda: terminal.is_sane)  # Its last words may be on their way.
        run.send(signal.SIGINT)
        assert await run.end() == 0


async def test_an_attached_view_is_suspended_while_the_run_receives(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        async with on_terminal(home, "attach", jobs=True) as terminal:
            await terminal.shows("● live")
            terminal.type("\x1a")
            await terminal.shows("the shell again")
            assert terminal.is_sane
            await graph.deliver(feed_body("meanwhile"))
            await run.next("capture", kind="notification")
            seen = len(terminal.screen)
            terminal.type("\n")
            await terminal.shows("● live", after=seen)
            await terminal.shows("meanwhile", after=seen)
        run.send(signal.SIGINT)
        assert await run.end() == 0


async def test_where_no_shell_could_continue_it_a_view_is_not_suspended(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        async with on_terminal(home, "attach") as terminal:
            await terminal.shows("● live")
            seen = len(terminal.screen)
            terminal.type("\x1a")
            await terminal.shows("\x1b[?1049h", after=seen)
            terminal.type("?")
            await terminal.shows("move one screen", after=seen)
        run.send(signal.SIGINT)
        assert await run.end() == 0
