"""Bad input and bad luck: a clear message, the right exit code, nothing acknowledged lost, nothing left registered."""

import asyncio
import os
import random
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from hookscope.journal.reader import JournalReader
from tests.e2e.conftest import Graph
from tests.support.captures import feed_body, signed
from tests.support.program import COMMAND, Home, call, start
from tests.support.slow import slow_after, slow_rows_after


@pytest.mark.parametrize(
    ("arguments", "told", "hint"),
    slow_rows_after(
        2,
        [
            (("run",), "no app id", "--sandbox"),
            (("run", "--app-id", "1 2"), "not an app id", "App Dashboard"),
            (("run", "--app-id", "1"), "app secret is missing", "HOOKSCOPE_APP_SECRET"),
            (
                ("run", "--app-id", "1", "--app-secret", "x"),
                "does not belong on the command line",
                "HOOKSCOPE_APP_SECRET",
            ),
            (("run", "--sandbox", "--fields", "user:photos"), "not requested", "--object user"),
            (("run", "--sandbox", "--public-url", "http://hooks.example.com"), "not https", "loopback"),
            (("run", "--sandbox", "--forward-to", "localhost:notaport"), "not a valid target", "HOST:PORT"),
            (
                ("run", "--sandbox", "--forward-to", "http://me:hidemehideme@localhost:1"),
                "user or password",
                "--header",
            ),
            (
                ("run", "--sandbox", "--port", "4401", "-f", "4401/hook"),
                "leads to hookscope itself",
                "leave out --port",
            ),
            (("run", "--sandbox", "--expect", "objct:page"), "objct:", "object:page"),
            (("run", "--sandbox", "--output", "tui"), "no terminal", "--output plain"),
            (("run", "--sandbox", "--exit-after", "0"), "--exit-after", "--help"),
            (("run", "--sandbox", "--timeout", "nan"), "nan", "--help"),
            (("run", "--sandbox", "--path", "/a/../b"), "callback path", "letters"),
            (("run", "--sandboxx"), "--sandboxx", "--sandbox"),
            (("rnu",), "rnu", "run"),
            (("completion",), "Choose from: bash, zsh, fish", "completion --help"),
            (("captures", "import", "nowhere.har"), "cannot be read", "for stdin"),
            (("replay", "x"), "not a capture id", "hookscope"),
            (("captures", "show", "1", "--raw", "--json"), "exclude each other", "JSON object"),
            (("ls", "--since", "soon"), "is not a duration", "10m"),
            (("ls", "--journal", "/"), "the journal / is a folder", "--journal /journal.db"),
            (("ls", "--since", ""), "is not a duration", "10m"),
            (("ls", "--limit", "9" * 30), "is not in the range", "hookscope"),
            (("captures", "prune", "--keep", "9" * 30), "is not in the range", "hookscope"),
        ],
    ),
)
async def test_wrong_usage_says_what_and_what_to_type_instead(
    home: Home, arguments: tuple[str, ...], told: str, hint: str
) -> None:
    done = await call(home, *arguments)
    assert done.code == 2
    assert told in done.stderr
    assert hint in done.stderr
    assert "hidemehideme" not in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    slow_rows_after(
        3,
        [
            ('forwad_to = "3000"', "unknown key 'forwad_to'", "forward_to"),
            ('app_secret = "x"', "does not belong in a configuration file", "app_secret_file"),
            ("app_id = ", "not TOML", ""),
            ('forwad_to = ["3000"]', "unknown key 'forwad_to'", "forward_to"),
            ("port = [1]", "wrong type", "--port"),
            ("port = true", "wrong type", ""),
            ('port = "abc"', ".hookscope.toml: port: 'abc' is not a valid integer", "run --help"),
            ("forward_to = 3000.5", "wrong type", "--forward-to"),
            ("object = 5", "no fields for 5", "--fields"),
        ],
    ),
)
async def test_a_configuration_file_that_makes_no_sense_is_refused(home: Home, text: str, told: str, hint: str) -> None:
    (home.work / ".hookscope.toml").write_text(text)
    done = await call(home, "run", "--sandbox", "--exit-after", "1")
    assert done.code == 2
    assert told in done.stderr
    assert hint in done.stderr


def _gigabyte(path: Path) -> None:
    path.touch()
    os.truncate(path, 1 << 30)


_NO_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "FIFO": (os.mkfifo, "not a regular file"),
    "folder": (Path.mkdir, "not a regular file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
    "link to itself": (lambda path: path.symlink_to(path), "symbolic links"),
    "link to nothing": (lambda path: path.symlink_to("nothing"), "No such file"),
    "large": (_gigabyte, "larger than 1 MiB"),
}


@pytest.mark.parametrize(
    ("file", "kind"),
    slow_rows_after(
        2, [("../config/hookscope/config.toml", "FIFO"), *((".hookscope.toml", kind) for kind in _NO_FILES)]
    ),
)
async def test_a_file_that_is_not_regular_is_named_and_never_waited_for(home: Home, file: str, kind: str) -> None:
    make, told = _NO_FILES[kind]
    path = (home.work / file).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    done = await call(home, "run", "--sandbox", "--exit-after", "1")
    assert done.code == 2
    assert f"{path} cannot be read" in done.stderr
    assert told in done.stderr


@pytest.mark.parametrize(
    "command", [("run", "--app-id", "1", "--app-secret-file"), ("trigger", "--fixture"), ("captures", "import")]
)
async def test_a_device_that_is_named_as_a_file_is_refused(home: Home, command: tuple[str, ...]) -> None:
    done = await call(home, *command, "/dev/zero")
    assert done.code == 2
    assert "/dev/zero" in done.stderr
    assert "neither a file nor a pipe" in done.stderr


@pytest.mark.slow
async def test_a_folder_that_was_removed_has_no_configuration(home: Home) -> None:
    command = ("sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh", *COMMAND)
    done = await call(home, "config", "path", command=command)
    assert (done.code, done.stderr) == (0, "")


@pytest.mark.slow
async def test_run_settings_in_a_file_do_not_apply_to_other_commands(home: Home) -> None:
    (home.work / ".hookscope.toml").write_text("keep = true\n")
    assert (await call(home, "config", "trust", "--yes")).code == 0
    assert (await call(home, "run", "--sandbox", "--exit-after", "2", "--json")).code == 0
    pruned = await call(home, "captures", "prune", "--yes")
    assert (pruned.code, "prune needs to know what to keep" in pruned.stderr) == (2, True)


async def test_a_missing_configuration_file_is_refused(home: Home) -> None:
    done = await call(home, "--config", "none.toml", "run", "--sandbox")
    assert done.code == 2
    assert "none.toml" in done.stderr


async def test_a_busy_port_is_named(home: Home, graph: Graph) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = await call(home, "run", "--json", "--port", port, environment=graph.environment)
    assert done.code == 2
    assert port in done.stderr
    assert graph.registered == {}


async def test_a_public_url_that_leads_elsewhere_is_found_out(home: Home, graph: Graph) -> None:
    elsewhere = f"{graph.server.url}/not-ours"
    done = await call(home, "run", "--json", "--public-url", elsewhere, environment=graph.environment)
    assert done.code == 3
    (probe,) = [one for one in done.objects if one["type"] == "probe"]
    assert not probe["ok"]
    assert probe["diagnosis"]
    assert graph.registered == {}
    assert not graph.server.verifier.attempts


async def test_a_journal_that_is_none_is_left_alone(home: Home, graph: Graph) -> None:
    notes = home.work / "notes.txt"
    notes.write_text("my notes\n" * 500)
    done = await call(home, "run", "--json", "--journal", str(notes), environment=graph.environment)
    assert done.code == 1
    assert "notes.txt" in done.stderr
    assert "--journal" in done.stderr
    assert notes.read_text() == "my notes\n" * 500
    assert graph.registered == {}


async def test_a_missing_agent_is_named(home: Home, graph: Graph) -> None:
    environment = {**graph.environment, "HOOKSCOPE_TUNNEL": "ngrok", "HOOKSCOPE_NGROK_PATH": "/nowhere/ngrok"}
    done = await call(home, "run", "--json", environment=environment)
    assert done.code == 3
    assert "/nowhere/ngrok" in done.stderr
    assert graph.registered == {}


@pytest.mark.slow
async def test_on_a_full_disk_nothing_is_acknowledged_and_everything_is_put_back(home: Home, graph: Graph) -> None:
    def little_space() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000))

    async with start(home, "run", "--json", environment=graph.environment, preexec_fn=little_space) as run:
        await run.next("subscription.active")
        answers = [await graph.deliver(feed_body("x" * 8000)) for _ in range(60)]
        assert set(answers) == {200, 503}
        notice = await run.next("notice", level="error")
        assert "503" in notice["message"]
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    assert graph.registered == {}
    with JournalReader(home.journal) as history:
        kept = sum(capture.kind == "notification" for capture in history.captures())
    assert kept == answers.count(200)


@pytest.mark.slow
async def test_after_kill_9_under_load_nothing_acknowledged_is_lost(home: Home, graph: Graph) -> None:
    chance = random.Random(4)
    acknowledged: set[bytes] = set()

    async def load(url: str, worker: int, count: int) -> None:
        async with ClientSession() as session:
            for number in range(count):
                body = feed_body(f"{worker}/{number}/{url[-6:]}")
                try:
                    async with session.post(url, data=body, headers=signed(body, graph.secret)) as answer:
                        if answer.status == 200:
                            acknowledged.add(body)
                except (ClientError, OSError):
                    return

    for _ in range(3):
        async with start(home, "run", "--output", "plain", environment=graph.environment, command=COMMAND) as run:
            await run.says("registered page")
            url = graph.registered["page"][0]
            before = len(acknowledged)
            workers = [asyncio.create_task(load(url, worker, 2000)) for worker in range(8)]
            enough = before + chance.randrange(50, 400)
            while len(acknowledged) < enough:
                await asyncio.sleep(0)
            await run.kill()
            await asyncio.gather(*workers)
        assert len(acknowledged) > before
    with JournalReader(home.journal) as history:
        kept = {capture.request.body for capture in history.captures()}
    assert acknowledged <= kept
    assert (await call(home, "teardown", environment=graph.environment)).code == 0
    assert graph.registered == {}


HOSTILE = (
    b"",
    b"{",
    b"[" * 60_000,
    b'{"object":"page","entry":[{"id":' + b"9" * 6000 + b"}]}",
    b'{"object":"page","entry":[{"id":"1","time":1e400,"changes":[{"field":"feed","value":{"item":["x"]}}]}]}',
    b'{"object":["page"],"entry":{"a":1}}',
    b"\xff\xfe\x00",
    b'{"object":"page\x1b[2J","entry":[{"id":"\\u001b]0;x\\u0007","changes":[{"field":"[red]x","value":{"item":"\\u202e","message":"[/]\\ud800"}}]}]}',
    feed_body("\x1b[31m\x9b31m\x07 [bold]x[/bold] \u202e"),
    b'{"object":"page","entry":[' + b",".join([b'{"id":"1","changed_fields":["feed"]}'] * 3000) + b"]}",
    b"x" * (3 << 20),
)


@pytest.mark.parametrize("output", slow_after(1, ["plain", "json"]))
async def test_hostile_bodies_are_taken_and_never_reach_the_terminal_raw(home: Home, graph: Graph, output: str) -> None:
    async with start(home, "run", "--output", output, environment=graph.environment) as run:
        await (run.says("registered page") if output == "plain" else run.next("subscription.active"))
        for body in HOSTILE:
            assert await graph.deliver(body) == 200
            assert await graph.deliver(body, secret="wrong") == 401
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    for line in run.lines:
        assert line.isprintable()
    assert "Traceback" not in run.errors
    with JournalReader(home.journal) as history:
        kept = [capture.request.body for capture in history.captures() if capture.kind == "notification"]
    assert kept == [body for body in HOSTILE for _ in range(2)]
    listed = await call(home, "ls", "--limit", "100")
    assert all(line.isprintable() for line in listed.stdout.splitlines())
    shown = await call(home, "captures", "show", "9")
    assert all(line.isprintable() for line in shown.stdout.splitlines())


async def test_two_runs_share_one_journal(home: Home, graph: Graph) -> None:
    chosen = ("run", "--json", "--object", "user", "--fields", "photos")
    async with (
        start(home, "run", "--json", environment=graph.environment) as pages,
        start(home, *chosen, environment=graph.environment) as users,
    ):
        await pages.next("subscription.active")
        await users.next("subscription.active")
        deliveries = [graph.deliver(feed_body(str(n)), topic) for n in range(30) for topic in ("page", "user")]
        await asyncio.gather(*deliveries)
        for run in (pages, users):
            await run.next("capture", kind="notification", after=29)
    ids = [one["id"] for run in (pages, users) for one in run.of("capture")]
    assert len(ids) == len(set(ids)) == 62


COMMANDS = (
    "run",
    "attach",
    "teardown",
    "captures",
    "replay",
    "subscriptions",
    "pages",
    "fetch",
    "sandbox",
    "config",
    "completion",
)


@pytest.mark.slow
async def test_help_and_version_are_quick_to_find(home: Home) -> None:
    assert (await call(home, "--version")).stdout.startswith("hookscope ")
    listing = await call(home)
    assert listing.code == 2
    assert listing.stderr.startswith("Usage: hookscope ")
    assert "\nCommands:\n" in listing.stderr
    for command in (
        "run",
        "attach",
        "teardown",
        "captures",
        "replay",
        "subscriptions",
        "pages",
        "fetch",
        "sandbox",
        "config",
        "completion",
    ):
        done = await call(home, command, "--help")
        assert done.code == 0
        assert done.stdout.startswith(f"Usage: hookscope {command}")


async def test_the_configuration_in_force_is_shown_without_secrets(home: Home, graph: Graph, tmp_path: Path) -> None:
    (home.work / ".hookscope.toml").write_text(
        'forward-to = 3000\nverify_token = "hidemehideme"\nheader = "Authorization: hidemehideme"\n'
    )
    done = await call(home, "config", "show", "--json", environment=graph.environment)
    assert done.code == 0
    values = {one["name"]: one for one in done.objects}
    assert values["forward_to"]["source"].endswith(".hookscope.toml")
    assert values["forward_to"]["value"] == ["3000"]
    assert values["app_id"] == {
        "name": "app_id",
        "value": graph.app_id,
        "source": "environment HOOKSCOPE_APP_ID",
        "trusted": True,
    }
    assert values["ack"]["source"] == "default"
    assert values["HOOKSCOPE_APP_SECRET"]["value"] == "•••"
    assert graph.secret not in done.stdout
    assert "hidemehideme" not in done.stdout
    path = await call(home, "config", "path", "--json")
    assert path.objects[0]["journal"] == str(home.journal)


async def test_a_path_in_a_configuration_file_starts_where_the_file_is(home: Home) -> None:
    (home.work / ".hookscope.toml").write_text('journal = "here.db"')
    assert (await call(home, "config", "trust", "--yes")).code == 0
    (home.work / "below").mkdir()
    home.work /= "below"
    assert (await call(home, "config", "path", "--json")).objects[0]["journal"] == str(home.work.parent / "here.db")


@pytest.mark.parametrize(
    "arguments", [("--journal", "flag.db", "config", "path"), ("config", "path", "--journal", "flag.db")]
)
async def test_a_journal_that_a_flag_names_is_the_one_wherever_the_flag_stands(
    home: Home, arguments: tuple[str, ...]
) -> None:
    (home.work / ".hookscope.toml").write_text('journal = "file.db"')
    for environment in ({}, {"HOOKSCOPE_JOURNAL": "environment.db"}):
        done = await call(home, *arguments, "--json", environment=environment)
        assert done.objects[0]["journal"] == "flag.db"


def buffered(home: Home) -> dict[str, str]:
    """Return the environment of most users, in which something may be left to write at the interpreter's end."""
    return {name: value for name, value in home.environment.items() if name != "PYTHONUNBUFFERED"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", ["config path", "run --sandbox --json --exit-after 2", "--help", "run --help", "--version"]
)
@pytest.mark.parametrize(("redirected", "code"), [("| true", 0), ("> /dev/full", 1), (">&-", 0)])
async def test_a_stdout_that_takes_nothing_is_no_surprise(
    home: Home, redirected: str, code: int, arguments: str
) -> None:
    script = f'"$@" {redirected}; exit "${{PIPESTATUS[0]}}"'
    shell = await asyncio.create_subprocess_exec(
        "bash",
        *("-c", script, "bash", *COMMAND, *arguments.split()),
        stderr=asyncio.subprocess.PIPE,
        env=buffered(home),
        cwd=home.work,
    )
    _, said = await shell.communicate()
    assert shell.returncode == code, said
    assert b"unexpected" not in said
    assert b"Traceback" not in said
    assert (b"stdout cannot be written" in said) == bool(code)


@pytest.mark.parametrize(
    "arguments",
    ["captures show last", "captures export --format curl", "captures delete 1 --yes", "replay 1", "fetch last"],
)
async def test_what_is_not_there_yet_is_no_unexpected_failure(home: Home, arguments: str) -> None:
    done = await call(home, *arguments.split())
    assert done.code == 2
    assert "there is no journal" in done.stderr


@pytest.mark.parametrize("arguments", ["ls", "attach", "run --sandbox", "trigger page.feed.comment --to 9"])
async def test_a_state_folder_that_cannot_be_used_is_named(home: Home, arguments: str) -> None:
    impossible = {"XDG_STATE_HOME": f"/{'x' * 300}"}  # As one of another user is, unless a test runs as root.
    done = await call(home, *arguments.split(), environment=impossible)
    assert done.code == 1
    assert "unexpected" not in done.stderr
    assert "cannot be used: File name too long" in done.stderr
    assert "ls -ld" in done.stderr


async def test_a_stderr_that_takes_nothing_leaves_the_exit_code_as_it_is(home: Home) -> None:
    script = '"$@" 2> /dev/full'
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", script, "bash", *COMMAND, "nosuch"), env=buffered(home), cwd=home.work
    )
    assert await shell.wait() == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_a_shell_can_complete(home: Home, shell: str) -> None:
    done = await call(home, "completion", shell)
    assert done.code == 0
    assert "_HOOKSCOPE_COMPLETE" in done.stdout
