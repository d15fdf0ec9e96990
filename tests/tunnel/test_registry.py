from pathlib import Path

import pytest

from hookscope.cli.app import main
from hookscope.engine.registration import Registration
from hookscope.errors import UsageError
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Source
from hookscope.receiver.policy import Policy
from hookscope.receiver.server import Receiver
from hookscope.secret_sources import Secret
from hookscope.settings import App, LeaseSettings, RunSettings, TunnelSettings
from hookscope.tunnel import registry
from hookscope.tunnel.direct import DirectTunnel
from hookscope.tunnel.ngrok import NgrokTunnel

KNOWN = ", ".join(registry.PROVIDERS)


def build(name: str) -> object:
    return registry.build(TunnelSettings(name=name), key="a-run", announce=lambda _: None)


def test_a_name_leads_to_its_provider() -> None:
    assert isinstance(build("ngrok"), NgrokTunnel)
    assert isinstance(build("none"), DirectTunnel)
    assert all(name == one.name and one.description for name, one in registry.PROVIDERS.items())


@pytest.mark.parametrize("name", ["", "ngrock", "NGROK"])
def test_an_unknown_name_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(name)
    assert (caught.value.message, caught.value.hint) == (f"there is no tunnel {name!r}", f"known are: {KNOWN}")


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


def test_the_shell_completes_the_names_with_what_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"_HOOKSCOPE_COMPLETE": "zsh_complete", "COMP_WORDS": "hookscope run --tunnel n", "COMP_CWORD": "3"}
    for name, value in asked.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main([])
    assert registry.PROVIDERS["ngrok"].description in capsys.readouterr().out
