import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete

import hookscope
from hookscope.cli import config
from hookscope.cli.app import main
from hookscope.cli.run.command import command
from hookscope.engine.registration import Registration
from hookscope.errors import TunnelError, UsageError
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Kind, Source
from hookscope.model.run_events import TunnelUp
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.secret_sources import Secret
from hookscope.settings import App, LeaseSettings, RunSettings, TunnelSettings
from hookscope.tunnel import registry
from hookscope.tunnel.base import Tunnel
from hookscope.tunnel.direct import DirectTunnel
from hookscope.tunnel.ngrok import NgrokTunnel
from tests.fakes.fake_program import FakeProgram
from tests.tui.stage import stage

KNOWN = ", ".join(registry.PROVIDERS)


def build(name: str) -> object:
    return registry.build(TunnelSettings(name=name), key="a-run", announce=lambda _: None)


def test_a_name_leads_to_its_provider() -> None:
    assert isinstance(build("ngrok"), NgrokTunnel)
    assert isinstance(build("none"), DirectTunnel)
    assert all(name == one.name and one.description for name, one in registry.PROVIDERS.items())


@pytest.mark.parametrize("name", [name for name in registry.PROVIDERS if name != "command"])
def test_each_has_the_same_time_to_come_up(name: str) -> None:
    tunnel = build(name)
    assert isinstance(tunnel, Tunnel)
    assert tunnel.deadline == 15.0


@pytest.mark.parametrize("name", ["", "ngrock", "NGROK"])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(name)
    assert (caught.value.message, caught.value.hint) == (f"there is no tunnel {name!r}", f"choose from: {KNOWN}")


async def test_a_run_refuses_an_unknown_name_before_it_reaches_for_anything(tmp_path: Path) -> None:
    settings = RunSettings(
        app=App(app_id="1", secret=Secret("s"), graph_url="http://127.0.0.1:9"),
        tunnel=TunnelSettings(name="ngrock"),
        lease=LeaseSettings(verify_token="t"),
        path="/x",
        journal=tmp_path / "journal.db",
    )
    policy = Policy(paths=frozenset(("/x",)), verify_token="t", secrets=("s",))
    async with JournalWriter(settings.journal) as journal:
        receiver = Receiver(
            policy=policy, journal=journal, publish=lambda _: None, run_id=None, source=Source.LIVE, host="127.0.0.1"
        )
        with pytest.raises(UsageError, match="no tunnel 'ngrock'"):
            async with Registration(settings, key="a-run", receiver=receiver, publish=lambda _: None):
                raise AssertionError("it was entered")


@pytest.mark.parametrize("way", ["option", "environment", "file"])
def test_every_way_to_choose_one_refuses_what_is_unknown(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text('tunnel = "ngrock"\n')
    monkeypatch.setenv("HOOKSCOPE_TUNNEL", "ngrock" if way == "environment" else "none")
    if way == "file":
        monkeypatch.delenv("HOOKSCOPE_TUNNEL")
    arguments = {"option": ["--tunnel", "ngrock"], "environment": [], "file": ["--config", "config.toml"]}[way]
    with pytest.raises(SystemExit) as ended:
        main(["run", "--app-id", "1", "--yes", *arguments])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "'ngrock' is not one of" in said
    assert all(repr(name) in said for name in registry.PROVIDERS)


def test_automatic_choice_takes_the_first_that_is_installed_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[str] = []
    monkeypatch.setenv("PATH", str(tmp_path))

    def choose() -> Tunnel:
        return registry.build(TunnelSettings(name=registry.AUTO), key="a-run", announce=announced.append)

    with pytest.raises(TunnelError, match="none of ngrok, cloudflared, tailscale, lt, ssh is installed") as caught:
        choose()
    assert caught.value.hint
    for program, name in (("ssh", "ssh"), ("lt", "localtunnel"), ("cloudflared", "cloudflared"), ("ngrok", "ngrok")):
        (tmp_path / program).touch(mode=0o755)
        assert choose().provider == name
        assert f"the tunnel is {name}" in announced[-1]


class Ferry(Tunnel):
    """A tunnel that somebody has added: it leads straight to the receiver, over this machine's loopback."""

    provider = "ferry"

    async def open(self, local_url: str) -> str:
        return local_url

    async def lost(self) -> str:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("it cannot be lost")

    async def close(self) -> None: ...


@pytest.fixture
def ferry() -> Iterator[registry.Provider]:
    """One module, and one line in the registry."""
    provider = registry.Provider(name="ferry", description="a boat on loopback", factory=lambda *_: Ferry())
    registry.PROVIDERS[provider.name] = provider
    yield provider
    del registry.PROVIDERS[provider.name]


def test_a_new_tunnel_is_an_entry_that_command_and_completion_know(ferry: registry.Provider) -> None:
    assert "|ferry]" in command.get_help(click.Context(command))
    [found] = ShellComplete(command, {}, "run", "_C").get_completions(["--tunnel"], "fe")
    assert (found.value, found.help) == ("ferry", ferry.description)


@pytest.mark.usefixtures("ferry")
def test_a_project_file_may_not_choose_a_new_tunnel(tmp_path: Path) -> None:
    (tmp_path / ".hookscope.toml").write_text('tunnel = "ferry"\n')
    risk = config.read(tmp_path / ".hookscope.toml").risks["tunnel"]
    assert risk.startswith("starts another program")


@pytest.mark.usefixtures("ferry")
async def test_a_run_goes_through_a_new_tunnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with hookscope.Sandbox() as sandbox:
        app: Any = {"app_id": sandbox.app_id, "app_secret": sandbox.app_secret, "graph_url": sandbox.url}
        async with hookscope.run(tunnel="ferry", **app) as live:
            await sandbox.send("page.feed.comment")
            captures = [await anext(live) for _ in range(2)]
    assert captures[1].events[0].field == "feed"


async def test_the_library_takes_a_command_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    program = FakeProgram(tmp_path, monkeypatch).named("bore")
    program.plays(("say", "at http://127.0.0.1:{1}\n"))
    async with hookscope.Sandbox() as sandbox:
        app: Any = {"app_id": sandbox.app_id, "app_secret": sandbox.app_secret, "graph_url": sandbox.url}
        command: Any = {"tunnel_command": "bore {port}", "tunnel_url_pattern": "at (.*)"}
        async with hookscope.run(**app, **command) as live:
            assert (await anext(live)).kind is Kind.HANDSHAKE
    assert program.running == []


@pytest.mark.usefixtures("ferry")
async def test_a_new_tunnel_is_on_the_screen(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        shown.engine.say(TunnelUp(provider="ferry", public_url="https://ferry.example.com"))
        await shown.press("i")
        await shown.see("ferry")


def test_the_shell_completes_the_names_with_what_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"_HOOKSCOPE_COMPLETE": "zsh_complete", "COMP_WORDS": "hookscope run --tunnel n", "COMP_CWORD": "3"}
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main([])
    assert registry.PROVIDERS["ngrok"].description in capsys.readouterr().out
