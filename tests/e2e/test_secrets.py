"""A secret is kept out of sight whichever way it came, and no child has one in its environment."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Graph
from tests.support.application import Application
from tests.support.captures import feed_body
from tests.support.processes import child_of, needs_proc
from tests.support.program import Home, call, start
from tests.support.terminal import on_terminal
from tests.support.until import until

_LOGGING = """
import logging, sys
from hookscope.cli import log_file, output
from hookscope.cli.secrets import read_secrets
from hookscope.errors import HookscopeError
secret = open(sys.argv[1]).read().strip()
read_secrets(sys.argv[1])
log_file.configure_logging(1, to_terminal=True)
try:
    raise ValueError(f"no answer to {secret}")
except ValueError as error:
    logging.getLogger("some.library").exception("failed with %s", secret)
    output.print_error(HookscopeError(f"refused: {secret}", done=secret, hint=f"not {secret}"))
    log_file.report_unexpected(error)
"""


@pytest.fixture
def secret_file(home: Home, graph: Graph) -> Path:
    file = home.folder / "secret"
    file.write_text(f"{graph.secret}\n")
    return file


def test_no_message_and_no_log_holds_a_secret_from_a_file(home: Home, secret_file: Path, graph: Graph) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOGGING, str(secret_file)], env=home.environment, capture_output=True, text=True
    )
    logged = (home.state / "logs" / "hookscope.log").read_text()
    assert done.returncode == 0, done.stderr
    assert graph.secret not in done.stdout + done.stderr + logged
    assert "failed with •••" in logged
    assert "no answer to •••" in logged
    assert "refused: •••" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("typed", [True, False])
async def test_the_screen_exports_no_secret_that_was_typed_or_in_a_file(
    home: Home, graph: Graph, secret_file: Path, typed: bool
) -> None:
    environment = {name: value for name, value in graph.environment.items() if name != "HOOKSCOPE_APP_SECRET"}
    flags = () if typed else ("--app-secret-file", str(secret_file))
    async with on_terminal(home, "run", *flags, environment=environment) as terminal:
        if typed:
            await terminal.shows("App secret of")
            terminal.type(f"{graph.secret}\n")
        await until(lambda: graph.registered)
        await graph.deliver(feed_body(f"it is {graph.secret}"))
        await terminal.shows("it is")
        terminal.type("x")
        await terminal.shows("commands for curl")
        terminal.type("ndjson\r")
        await terminal.shows(".ndjson")
        terminal.type("\r")
        (file,) = await until(lambda: list(home.work.glob("*.ndjson")))
        assert "it is REDACTED" in file.read_text()
        assert graph.secret not in file.read_text()
        terminal.type("q")
        assert await terminal.end() == 0


def _descendants(pid: int) -> Iterator[int]:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)
        yield from _descendants(int(child))


@pytest.mark.slow
@needs_proc
async def test_no_child_of_a_run_has_a_secret_in_its_environment_or_on_its_command_line(home: Home) -> None:
    hidden = {
        "HOOKSCOPE_APP_SECRET": "5f1d0c9b8a7e6d5c4b3a29181706f5e4",
        "HOOKSCOPE_EXTRA_SECRETS": "9a8b7c6d5e4f30211203f4e5d6c7b8a9",
        "HOOKSCOPE_VERIFY_TOKEN": "0123456789abcdefghijklmnopqrstuv",
        "NGROK_AUTHTOKEN": "2abcDEFghiJKLmnoPQRstuVWXyz01234567",
        "HOOKSCOPE_HEADER": "Authorization: Bearer c0ffee00c0ffee00",
    }
    async with (
        Application() as app,
        on_terminal(home, "run", "--sandbox", "-f", app.url, environment=hidden) as terminal,
    ):
        await terminal.shows("page.feed")  # "200" is also a part of what switches the paste mode on.
        parts = ("hookscope.tui", "hookscope.sandbox", "hookscope.outbound")
        for part in parts:
            assert child_of(terminal.pid, part)
        for child in _descendants(terminal.pid):
            told = Path(f"/proc/{child}/environ").read_bytes() + Path(f"/proc/{child}/cmdline").read_bytes()
            assert not [name for name, value in hidden.items() if value.encode() in told or name.encode() in told]
        terminal.type("q")
        assert await terminal.end() == 0


async def test_a_secret_that_only_the_run_knows_is_not_exported_beside_it(home: Home, graph: Graph) -> None:
    export = ("captures", "export", "2", "--format", "raw")
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        await graph.deliver(feed_body(f"it is {graph.secret}"))
        await run.next("capture", kind="notification")
        redacted, whole = await call(home, *export), await call(home, *export, "--no-redact")
    assert graph.secret in whole.stdout
    assert redacted.code == 0
    assert "it is REDACTED" in redacted.stdout
