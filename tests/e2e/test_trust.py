"""A project's `.hookscope.toml` comes with anybody's checkout, and may not do what only its user may."""

import shutil
import stat
from pathlib import Path

import pytest

from tests.e2e.conftest import Graph
from tests.support.application import Application
from tests.support.program import Done, Home, call
from tests.support.slow import slow_after
from tests.support.terminal import on_terminal

_APP = {"HOOKSCOPE_APP_ID": "1234567890", "HOOKSCOPE_APP_SECRET": "5f1d0c9b8a7e6d5c4b3a29181706f5e4"}


def _write(home: Home, text: str) -> Path:
    file = home.work / ".hookscope.toml"
    file.write_text(text)
    return file


def _refuses(done: Done, file: Path, key: str) -> bool:
    told = (str(file), f"{key}: ", "hookscope config trust", "nothing was done")
    return done.code == 2 and done.stdout == "" and all(part in done.stderr for part in told)


@pytest.mark.parametrize(
    "arguments",
    slow_after(
        2,
        [
            ("subscriptions", "list"),
            ("subscriptions", "remove", "--object", "page", "--yes"),
            ("run", "--json", "--tunnel", "none"),
            ("run", "--dry-run"),
            ("listen", "--sandbox", "--json"),
            ("teardown",),
        ],
    ),
)
async def test_an_untrusted_graph_url_gets_no_secret(home: Home, arguments: tuple[str, ...]) -> None:
    async with Application() as trap:
        file = _write(home, f'graph_url = "{trap.url}"\n')
        assert _refuses(await call(home, *arguments, environment=_APP), file, "graph_url")
        assert trap.received == []


@pytest.mark.slow
async def test_an_untrusted_file_is_refused_by_every_command_that_would_follow_it(home: Home) -> None:
    home.work.joinpath("x").write_text("another file's first line\n")
    file = _write(home, 'app_secret_file = "x"\njournal = "here.db"\n')
    for arguments in (
        ("ls",),
        ("captures", "prune", "--keep", "1", "--yes"),
        ("captures", "export", "--format", "curl"),
        ("replay", "last", "--to", "3000"),
        ("trigger", "page.feed.comment", "--to", "3000"),
        ("teardown", "--yes"),
        ("attach",),
        ("sandbox",),
    ):
        done = await call(home, *arguments, environment=_APP)
        assert _refuses(done, file, "journal"), arguments
        assert "app_secret_file: " in done.stderr
    assert not home.work.joinpath("here.db").exists()


@pytest.mark.parametrize("text", ['journal = "here.db"\n', "nonsense = 1\n", "no TOML\n"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("schema", "capture"),
        ("completion", "bash"),
        ("man",),
        ("trigger", "--list", "page.feed.comment"),
        ("ls", "--help"),
        ("--version",),
    ],
    ids=lambda arguments: arguments[0],
)
async def test_what_needs_no_settings_works_whatever_the_file_holds(
    home: Home, arguments: tuple[str, ...], text: str
) -> None:
    _write(home, text)
    done = await call(home, *arguments)
    assert (done.code, "error" in done.stderr) == (0, False)
    assert done.stdout


async def test_trust_can_be_revoked_whatever_the_file_holds_now(home: Home) -> None:
    _write(home, 'journal = "here.db"\n')
    assert (await call(home, "config", "trust", "--yes")).code == 0
    _write(home, "no TOML\n")
    assert "no longer trusted" in (await call(home, "config", "trust", "--revoke")).stderr
    assert not any((home.state / "trusted").iterdir())


async def test_an_untrusted_agent_is_not_started(home: Home) -> None:
    agent = home.work / "ngrok"
    agent.write_text(f"#!/bin/sh\ntouch {home.work}/started\n")
    agent.chmod(0o755)
    file = _write(home, 'ngrok_path = "ngrok"\n')
    assert _refuses(await call(home, "run", "--json", environment=_APP), file, "ngrok_path")
    assert not home.work.joinpath("started").exists()


async def test_an_untrusted_command_is_not_started(home: Home) -> None:
    file = _write(home, f'tunnel = "command"\ntunnel_command = "touch {home.work}/started {{port}}"\n')
    done = await call(home, "run", "--json", environment=_APP)
    assert _refuses(done, file, "tunnel_command")
    assert "tunnel: starts another program" in done.stderr
    assert not home.work.joinpath("started").exists()


@pytest.mark.parametrize(
    "line",
    slow_after(
        2,
        [
            "takeover = true",
            "no-restore = true",
            "keep = true",
            'forward_to = ["3000", "hooks.example.com"]',
            'host = "0.0.0.0"',
            'public-url = "https://hooks.example.com"',
        ],
    ),
)
async def test_the_way_back_and_other_hosts_need_trust(home: Home, graph: Graph, line: str) -> None:
    file = _write(home, f"{line}\n")
    done = await call(home, "run", "--json", "--exit-after", "1", environment=graph.environment)
    assert _refuses(done, file, line.partition(" ")[0].replace("-", "_"))
    assert graph.registered == {}


async def test_flag_and_environment_do_not_hide_what_the_file_tries(home: Home, graph: Graph) -> None:
    file = _write(home, 'graph_url = "https://graph.example.com"\n')
    assert _refuses(await call(home, "subscriptions", "list", environment=graph.environment), file, "graph_url")


@pytest.mark.slow
async def test_the_users_own_file_and_one_that_is_named_need_no_trust(home: Home, graph: Graph) -> None:
    environment = {**graph.environment, "HOOKSCOPE_GRAPH_URL": ""}
    own = home.folder / "config" / "hookscope" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text(f'graph_url = "{graph.server.url}"\n')
    assert (await call(home, "subscriptions", "list", environment=environment)).code == 0
    own.rename(home.work / ".hookscope.toml")
    assert (await call(home, "--config", ".hookscope.toml", "subscriptions", "list", environment=environment)).code == 0


@pytest.mark.slow
async def test_trust_holds_for_this_path_and_this_content(home: Home) -> None:
    file = _write(home, 'journal = "one.db"\n')
    trusted = await call(home, "config", "trust", "--yes")
    assert trusted.code == 0
    assert f"journal = {home.work / 'one.db'}" in trusted.stderr
    assert (await call(home, "ls")).code == 0
    (record,) = (home.state / "trusted").iterdir()
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert stat.S_IMODE(record.parent.stat().st_mode) == 0o700

    _write(home, 'journal = "two.db"\n')
    assert _refuses(await call(home, "ls"), file, "journal")
    _write(home, 'journal = "one.db"\n')
    assert (await call(home, "ls")).code == 0

    elsewhere = home.work / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(file, elsewhere)
    home.work = elsewhere
    assert _refuses(await call(home, "ls"), elsewhere / file.name, "journal")


async def test_a_link_to_a_trusted_file_is_not_trusted(home: Home) -> None:
    file = _write(home, 'journal = "one.db"\n')
    assert (await call(home, "config", "trust", "--yes")).code == 0
    home.work /= "elsewhere"
    home.work.mkdir()
    link = home.work / file.name
    link.symlink_to(file)
    assert _refuses(await call(home, "ls"), link, "journal")


@pytest.mark.slow
@pytest.mark.parametrize("content", ["", "0" * 64])
async def test_a_record_that_is_damaged_or_open_to_others_is_no_trust(home: Home, content: str) -> None:
    file = _write(home, 'journal = "one.db"\n')
    assert (await call(home, "config", "trust", "--yes")).code == 0
    (record,) = (home.state / "trusted").iterdir()
    kept = record.read_bytes()
    record.write_text(content)
    assert _refuses(await call(home, "ls"), file, "journal")
    record.write_bytes(kept)
    record.chmod(0o622)
    assert _refuses(await call(home, "ls"), file, "journal")


@pytest.mark.slow
async def test_trust_is_taken_back(home: Home) -> None:
    file = _write(home, 'journal = "one.db"\n')
    assert (await call(home, "config", "trust", str(home.work), "--yes")).code == 0
    revoked = await call(home, "config", "trust", "--revoke")
    assert (revoked.code, "is no longer trusted" in revoked.stderr) == (0, True)
    assert _refuses(await call(home, "ls"), file, "journal")
    assert "was not trusted" in (await call(home, "config", "trust", "--revoke")).stderr


async def test_trust_is_asked_for_where_there_is_a_terminal(home: Home) -> None:
    file = _write(home, 'graph_url = "http://127.0.0.1:9"\nheader = ["Authorization: Bearer hidemehideme"]\n')
    for answer, code in (("n\n", 2), ("y\n", 0)):
        async with on_terminal(home, "config", "trust") as terminal:
            await terminal.shows("[y/N]")
            assert b"graph_url = http://127.0.0.1:9" in terminal.screen
            assert b"header = Authorization: " in terminal.screen
            terminal.type(answer)
            assert await terminal.end() == 0
        assert (await call(home, "sandbox", "--help")).code == 0
        assert (await call(home, "ls")).code == code
    assert file.exists()


async def test_a_script_that_gives_trust_is_told_to_what(home: Home) -> None:
    file = _write(home, 'journal = "shown.db"\nheader = ["Authorization: Bearer hidemehideme"]\n')
    assert _refuses(await call(home, "ls"), file, "journal")
    done = await call(home, "config", "trust")
    assert (done.code, "journal = " in done.stderr, "hidemehideme" in done.stderr) == (0, True, False)
    assert (await call(home, "ls")).code == 0


@pytest.mark.slow
async def test_the_shown_content_is_trusted_not_its_replacement(home: Home) -> None:
    file = _write(home, 'journal = "shown.db"\n')
    async with on_terminal(home, "config", "trust") as terminal:
        await terminal.shows("[y/N]")
        _write(home, 'journal = "another.db"\n')
        terminal.type("y\n")
        assert await terminal.end() == 0
    assert _refuses(await call(home, "ls"), file, "journal")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "no .hookscope.toml"),
        (("other.toml",), "is not a .hookscope.toml"),
        (("nowhere",), "is not a .hookscope.toml"),
        (("nowhere/.hookscope.toml",), "cannot be read"),
    ],
)
async def test_only_a_project_file_can_be_trusted(home: Home, arguments: tuple[str, ...], told: str) -> None:
    done = await call(home, "config", "trust", "--yes", *arguments)
    assert (done.code, told in done.stderr) == (2, True)


@pytest.mark.slow
async def test_a_harmless_file_needs_no_trust(home: Home, graph: Graph) -> None:
    _write(home, 'fields = "feed"\nforward_to = "3000"\nhost = "127.0.0.1"\ntunnel = "none"\n')
    assert (await call(home, "run", "--dry-run", environment=graph.environment)).code == 0
    assert "nothing that needs your trust" in (await call(home, "config", "trust")).stderr
    assert not (home.state / "trusted").exists()


@pytest.mark.slow
async def test_the_configuration_shows_what_is_trusted(home: Home) -> None:
    _write(home, 'graph_url = "http://127.0.0.1:9"\nfields = "feed"\njournal = "here.db"\n')
    shown = await call(home, "config", "show", "--json")
    trusted = {one["name"]: one["trusted"] for one in shown.objects}
    assert shown.code == 0
    assert [name for name, is_trusted in trusted.items() if not is_trusted] == ["graph_url", "journal"]
    text = await call(home, "config", "show")
    assert "http://127.0.0.1:9" in next(line for line in text.stdout.splitlines() if "(not trusted)" in line)
    assert "hookscope config trust" in text.stderr
    assert (await call(home, "config", "path", "--json")).objects[0]["journal"] == str(home.journal)
    assert (await call(home, "config", "trust", "--yes")).code == 0
    assert all(one["trusted"] for one in (await call(home, "config", "show", "--json")).objects)
    assert (await call(home, "config", "path", "--json")).objects[0]["journal"] == str(home.work / "here.db")


async def test_hostile_values_are_shown_harmless(home: Home) -> None:
    _write(home, 'journal = "\\u001b]0;gotcha\\u0007x"\n')
    for arguments in (("config", "show"), ("config", "trust", "--yes")):
        done = await call(home, *arguments)
        assert "\x1b" not in done.stdout + done.stderr
    assert [file.name for file in home.work.iterdir()] == [".hookscope.toml"]
