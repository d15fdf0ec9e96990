"""The team's compose file: what it starts in containers works as processes, too. Docker itself is not needed."""

import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hookscope import paths
from tests.docs.pages import ROOT, Page
from tests.docs.test_blocks import check
from tests.support.free_port import free_port
from tests.support.postgres import SharedPostgres
from tests.support.program import Home, Program, call, start

yaml: Any = import_module("yaml")
"""It comes with pyngrok, without types."""

COMPOSE = yaml.safe_load((ROOT / "examples/team.yaml").read_text("utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def test_it_starts_a_database_a_relay_and_two_developers() -> None:
    assert list(COMPOSE["services"]) == ["postgres", *OURS]
    assert list(OURS) == ["init", "relay", "anna", "ben"]
    for service in OURS.values():
        assert service["build"] == "https://github.com/hookscope/hookscope.git"
        check(service["command"])


def test_the_page_shows_it() -> None:
    shown = [block.text for block in Page("docs/team.md").blocks if block.language == "yaml"]
    assert [yaml.safe_load(text) for text in shown] == [COMPOSE]


def test_the_page_shows_the_unit_and_it_starts_a_relay() -> None:
    text = (ROOT / "examples/hookscope-relay.service").read_text("utf-8")
    assert [block.text.strip() for block in Page("docs/team.md").blocks if block.language == "ini"] == [text.strip()]
    (started,) = re.findall(r"^ExecStart=/opt/hookscope/bin/hookscope (.*)$", text, re.MULTILINE)
    check(shlex.split(started))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze missing")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """Which reports what it does not know, and ignores it."""
    unit = tmp_path / "hookscope-relay.service"
    text = (ROOT / "examples" / unit.name).read_text("utf-8")
    unit.write_text(re.sub(r"(?m)^User=.*\n", "", text.replace("/opt/hookscope/bin/hookscope", "/bin/true")))
    done = subprocess.run(("systemd-analyze", "verify", unit), capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if str(unit.name) in line] == []


def test_under_the_unit_the_control_socket_is_not_in_the_private_tmp(monkeypatch: pytest.MonkeyPatch) -> None:
    """There, `hookscope attach` would not find it."""
    text = (ROOT / "examples/hookscope-relay.service").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        places = {"%S": f"{folder}/S", "%t": f"{folder}/t"}
        for made in (*places.values(), *re.findall(r"(?m)^RuntimeDirectory=(.*)$", text)):
            Path(places["%t"], made).mkdir()
        monkeypatch.setattr(tempfile, "tempdir", f"{folder}/tmp")
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        for line in re.findall(r"(?m)^Environment=(.*)$", text):
            for name, _, value in (assignment.partition("=") for assignment in line.split()):
                monkeypatch.setenv(name, re.sub("%.", lambda found: places[found[0]], value))
        assert not paths.socket_folder().is_relative_to(f"{folder}/tmp")


class Stand:
    """A place for what the file starts: a database, roles, and a port that nobody else uses."""

    def __init__(self, database: str, port: int) -> None:
        self.database, self._port = database, str(port)
        self._names = {name: f"{name}_{port}" for name in ("relay", "anna", "ben")}

    def statements(self) -> list[bytes]:
        """Return what the file has the database do first."""
        told = COMPOSE["configs"]["roles"]["content"].splitlines()
        name = self.database.rpartition("/")[2]
        return [self._renamed(line).replace("DATABASE hooks", f"DATABASE {name}").encode() for line in told]

    def command(self, service: str) -> tuple[list[str], dict[str, str]]:
        """Return a service's command and environment, as they are to be here."""
        command, environment = OURS[service]["command"], OURS[service]["environment"]
        place = self.database.partition("@")[2]
        arguments = [self._renamed(one) if "," in one else one.replace("8080", self._port) for one in command]
        return arguments, {
            name: re.sub(r"//(\w+)@postgres/hooks", lambda found: f"//{self._names[found[1]]}@{place}", value)
            for name, value in environment.items()
        }

    def _renamed(self, text: str) -> str:
        return re.sub(r"\b(relay|anna|ben)\b", lambda found: self._names[found[1]], text)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_two_developers_see_what_the_relay_receives(postgres: SharedPostgres, tmp_path: Path) -> None:
    import psycopg

    stand = Stand(postgres.create_database(), free_port())
    with psycopg.connect(stand.database, autocommit=True) as connection:
        for statement in stand.statements():
            connection.execute(statement)
    arguments, environment = stand.command("init")
    made = await call(Home(tmp_path / "init"), *arguments, environment=environment)
    assert made.code == 0, made.stderr
    async with AsyncExitStack() as stack:

        async def begin(service: str) -> Program:
            arguments, environment = stand.command(service)
            return await stack.enter_async_context(start(Home(tmp_path / service), *arguments, environment=environment))

        relay = await begin("relay")
        await relay.says("registered page")
        anna, ben = await begin("anna"), await begin("ben")
        await ben.next("capture", kind="notification")
        await anna.line("sig ok")
        for program in (anna, ben, relay):
            program.send(signal.SIGTERM)
            assert await program.end() == 0, program.errors
