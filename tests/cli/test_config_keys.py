"""Every key of a configuration file is classified, and the harmless ones are known by name."""

from pathlib import Path
from typing import Any

import click
import pytest

from hookscope.cli.config import ConfigFile, load, load_keys, read
from hookscope.cli.config_keys import KEYS, SettingKey
from hookscope.cli.run.command import command as run
from hookscope.errors import UsageError

HARMLESS: dict[str, list[Any]] = {
    "ack": ["early", "app"],
    "app_id": ["123"],
    "as": ["anna"],
    "color": ["on"],
    "fields": [["feed,messages"]],
    "forward_to": [["3000"], ["localhost:3000/hook", "field:feed=>http://127.0.0.1:1/"], ["http://[::1]:3000"]],
    "graph_version": ["v25.0"],
    "history": ["36h", 100, "all"],
    "host": ["127.0.0.1", "::1", "localhost"],
    "include_values": [True, False],
    "keep": [False],
    "log": ["hookscope"],
    "max_connections": [5],
    "missed": ["show", "forward"],
    "ngrok_pooling": [True, False],
    "no_restore": [False],
    "object": [["page", "user"]],
    "output": ["json"],
    "page": [["123"]],
    "path": ["/x"],
    "poll": [True],
    "port": [4400],
    "restore_include_values": [True],
    "restore_verify_token": ["abc"],
    "skip_verify": [False],
    "takeover": [False],
    "tunnel": ["ngrok", "none"],
    "verify_token": ["abc"],
}
RISKY: dict[str, list[Any]] = {
    "app_secret_file": ["secret", "../secret", "-"],
    "domain": ["hooks.example.com"],
    "forward_to": [
        ["staging.example.com"],
        ["3000", "https://hooks.example.com/x"],
        ["field:feed=>10.0.0.7:3000"],
        ["a=>b=>http://localhost.example.com"],
    ],
    "from": ["postgresql://db.example.com/hooks", "postgresql://127.0.0.1/hooks"],
    "graph_url": ["https://graph.example.com", "http://127.0.0.1:9", "https://graph.facebook.com"],
    "header": [["X-Stage: dev"]],
    "host": ["0.0.0.0", "::", "", "192.168.1.4"],
    "journal": ["here.db", "/dev/shm/x.db"],
    "keep": [True, "yes"],
    "ngrok_path": ["bin/ngrok"],
    "no_restore": [True, "on"],
    "page_token_file": ["token"],
    "public_url": ["https://hooks.example.com"],
    "restore_include_values": [False, "no"],
    "scope": ["waba:1"],
    "skip_verify": [True],
    "takeover": [True, "true", 1],
    "tunnel": ["cloudflared", "ssh", "command"],
    "tunnel_command": ["bore local {port}"],
    "tunnel_host": ["me@hooks.example.com"],
    "tunnel_url_pattern": ["https://.*"],
    "user_token_file": ["token"],
}
FOR_ONE_RUN = {
    "app_secret",
    "dry_run",
    "exit_after",
    "expect",
    "forward_handshakes",
    "json",
    "sandbox",
    "timeout",
    "web",
    "yes",
}
"""Options that no file may set at all, nor the trust."""


def test_every_key_is_classified() -> None:
    assert set(KEYS) == HARMLESS.keys() | RISKY.keys()


def test_a_key_cannot_be_declared_without_its_risk() -> None:
    with pytest.raises(TypeError, match="risk"):
        SettingKey()  # type: ignore[call-arg]


def test_every_option_of_a_run_is_a_key_or_for_one_run_only() -> None:
    options = {one.name for one in run.params if isinstance(one, click.Option)} - {"config", "verbose", "quiet"}
    assert options - KEYS.keys() == FOR_ONE_RUN


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HARMLESS.items() for value in values])
def test_harmless_keys_need_no_trust(name: str, value: Any) -> None:
    assert ConfigFile(path=Path("x"), content=b"", values={name: value}).risks == {}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in RISKY.items() for value in values])
def test_keys_that_name_hosts_programs_or_files_or_weaken_the_restore_need_trust(name: str, value: Any) -> None:
    assert list(ConfigFile(path=Path("x"), content=b"", values={name: value}).risks) == [name]


def test_the_keys_of_the_screen_are_checked_where_they_are_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text('port = 1\n[keys]\nreplay = "ctrl+r"\n')
    assert read(file).keys == load_keys(str(file)) == {"replay": "ctrl+r"}
    assert "keys" not in read(file).values
    for keys, what in (('replya = "z"', "did you mean replay?"), ('replay = "t"', "trigger"), ("replay = 1", "replay")):
        file.write_text(f"[keys]\n{keys}\n")
        with pytest.raises(UsageError) as raised:
            read(file)
        assert what in f"{raised.value.message} {raised.value.hint}"
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".hookscope.toml").write_text('[keys]\nreplay = "ctrl+r"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="keys of the screen, which are yours alone"):
        load(None)
