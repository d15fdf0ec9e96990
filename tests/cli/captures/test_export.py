import asyncio
import json
import os
import stat
from collections import Counter
from pathlib import Path

import pytest

from hookscope.cli.captures.import_ import _progress_of
from hookscope.formats.exporters.registry import export
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture, Kind, Run
from hookscope.services.importing import ImportReport
from tests.support.captures import SECRET, WHEN, feed_body, make_capture, make_handshake
from tests.support.program import Home, call
from tests.support.slow import slow_after, slow_rows_after
from tests.support.terminal import on_terminal

TOKEN_BODY = b'{"object":"page","entry":[],"access_token":"s3cr3t"}'


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    async with JournalWriter(home.journal) as journal:
        run = await journal.begin_run(
            Run(app_id="1", objects=("page",), targets=("http://localhost:8000/hook",), started_at=WHEN)
        )
        await journal.append(make_capture(run_id=run.id))
        await journal.append(make_handshake())
        await journal.append(make_capture(b"\x00\xff\x1b[31m"))
        await journal.append(make_capture(TOKEN_BODY))
    return home


def held(home: Home, journal: Path | None = None) -> list[Capture]:
    with JournalReader(journal or home.journal) as history:
        return list(history.captures())


async def test_a_command_goes_where_the_run_forwarded_to(home: Home) -> None:
    done = await call(home, "captures", "export", "1", "--format", "curl")
    assert done.code == 0
    assert done.stdout.startswith("curl -X POST http://localhost:8000/hook \\\n")
    assert done.stderr == ""


async def test_a_placeholder_is_told_and_to_replaces_it(home: Home) -> None:
    done = await call(home, "captures", "export", "3", "--format", "pytest")
    assert "http://localhost:3000/webhook" in done.stdout
    assert "they go to http://localhost:3000/webhook" in done.stderr
    done = await call(home, "captures", "export", "1", "3", "--format", "http", "--to", "9999/x")
    assert done.stdout.count("http://localhost:9999/x") == 1
    assert "warning: #3 is left out: its body is not text" in done.stderr


@pytest.mark.slow
async def test_removed_secrets_are_reported(home: Home) -> None:
    done = await call(home, "captures", "export", "2..4", "--format", "ndjson")
    assert "s3cr3t" not in done.stdout
    assert "verify_token=t" not in done.stdout
    assert "secrets were removed from 2 of them; --no-redact keeps them" in done.stderr
    assert "the bodies of 1 were changed by that, and their signatures no longer match\n" in done.stderr
    done = await call(home, "captures", "export", "4", "--format", "curl")
    assert "no longer match; --resign makes commands sign again\n" in done.stderr
    done = await call(home, "captures", "export", "4", "--format", "raw", "--no-redact")
    assert done.stdout.rstrip("\n").encode() == TOKEN_BODY
    assert done.stderr == ""


async def test_a_changed_body_that_is_signed_anew_is_no_warning(home: Home) -> None:
    done = await call(home, "captures", "export", "4", "--format", "curl", "--to", "1", "--resign")
    assert "s3cr3t" not in done.stdout
    assert "warning" not in done.stderr


@pytest.mark.parametrize("source", slow_after(1, ["file", "flag", "environment"]))
async def test_the_app_secret_stands_in_no_export_wherever_it_came_from(home: Home, source: str) -> None:
    async with JournalWriter(home.journal) as journal:
        await journal.append(make_capture(f"it is {SECRET}".encode()))
    environment = {"HOOKSCOPE_APP_SECRET": SECRET if source == "environment" else "another-secret-of-the-environment"}
    named = home.folder / "config" / "hookscope"
    named.mkdir(parents=True)
    (named / "secret").write_text(f"{SECRET}\n")
    if source == "file":
        (named / "config.toml").write_text('app_secret_file = "secret"\n')
    flags = ("--app-secret-file", str(named / "secret")) if source == "flag" else ()
    for form in ("curl", "httpie", "http", "har", "ndjson", "raw", "pytest"):
        done = await call(home, "captures", "export", "5", "--format", form, *flags, environment=environment)
        assert "REDACTED" in done.stdout
        assert SECRET not in done.stdout + done.stderr


async def test_a_filter_and_a_span_choose(home: Home) -> None:
    done = await call(home, "captures", "export", "--filter", "kind:handshake", "--format", "ndjson")
    assert [value["id"] for value in done.objects] == [2]
    done = await call(home, "captures", "export", "last", "1", "--filter", "object:page", "--format", "ndjson")
    assert [value["id"] for value in done.objects] == [1]
    done = await call(home, "captures", "export", "--since", "1h", "--format", "har")
    assert json.loads(done.stdout)["log"]["entries"] == []
    assert "no capture matches" in done.stderr


async def test_a_file_is_private_whole_and_named_for_its_format(home: Home) -> None:
    done = await call(home, "captures", "export", "-o", "all.har")
    file = home.work / "all.har"
    assert (done.code, done.stdout) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(json.loads(file.read_text())["log"]["entries"]) == 4
    before = file.read_bytes()
    done = await call(home, "captures", "export", "1", "99", "-o", "all.har")
    assert done.code == 2
    assert "there is no capture #99" in done.stderr
    assert file.read_bytes() == before
    assert [found.name for found in home.work.iterdir()] == ["all.har"]


async def test_omitted_captures_are_not_counted(home: Home) -> None:
    done = await call(home, "captures", "export", "1", "3", "--to", "1", "-o", "all.http")
    assert "1 capture exported to all.http\n" in done.stderr
    done = await call(home, "captures", "export", "3", "--to", "1", "-o", "none.http")
    assert "0 captures exported to none.http\n" in done.stderr


@pytest.mark.slow
async def test_without_a_match_a_file_stays_as_it_is(home: Home) -> None:
    (home.work / "test_kept.py").write_text("kept")
    for file in ("test_kept.py", "new.har", "new.body"):
        form = ("--format", "raw") if file == "new.body" else ()
        done = await call(home, "captures", "export", "--filter", "field:none", "-o", file, *form)
        assert (done.code, "nothing exported: no capture matches" in done.stderr) == (0, True)
    assert [(file.name, file.read_text()) for file in home.work.iterdir()] == [("test_kept.py", "kept")]


async def test_several_bodies_go_to_a_folder(home: Home) -> None:
    done = await call(home, "captures", "export", "--format", "raw")
    assert done.code == 2
    assert "name a folder for them with -o" in done.stderr
    done = await call(home, "captures", "export", "--format", "raw", "-o", "bodies", "--no-redact")
    assert done.code == 0
    assert {file.name: file.read_bytes() for file in (home.work / "bodies").iterdir()} == {
        "1.json": feed_body(),
        "2.body": b"",
        "3.body": b"\x00\xff\x1b[31m",
        "4.json": TOKEN_BODY,
    }
    await call(home, "captures", "export", "3", "--format", "raw", "-o", "one")
    assert (home.work / "one").read_bytes() == b"\x00\xff\x1b[31m"


@pytest.mark.parametrize(
    ("arguments", "said"),
    slow_rows_after(
        3,
        [
            (("1",), "give --format: curl, httpie"),
            (("1", "--format", "har", "--resign"), "cannot sign"),
            (("--format", "har", "--since", ""), "is not a duration"),
            (("1", "--format", "curl", "--to", "http://me:pass@x/"), "`run` and `replay` send them with --header"),
            (("1", "--format", "har", "-o", "no/such/folder"), "cannot be written"),
            (("1", "--format", "curl", "--to", "x y"), "is not a valid target"),
            (("--format", "curl", "--filter", "color:red"), "is invalid"),
        ],
    ),
)
async def test_invalid_input_is_reported(home: Home, arguments: tuple[str, ...], said: str) -> None:
    done = await call(home, "captures", "export", *arguments)
    assert done.code == 2
    assert said in done.stderr
    assert done.stdout == ""


async def test_raw_bytes_cannot_steer_a_terminal(home: Home) -> None:
    async with on_terminal(home, "captures", "export", "3", "--format", "raw") as terminal:
        await terminal.shows("␛[31m")
        assert b"\x1b[31m" not in terminal.screen


@pytest.mark.slow
async def test_a_list_fits_the_terminal_and_is_whole_in_a_pipe(home: Home) -> None:
    async with on_terminal(home, "ls", columns=40) as terminal:
        assert await terminal.end() == 0
    shown = terminal.screen.decode().splitlines()
    assert max(map(len, shown)) == 40
    assert all(line.endswith("…") for line in shown)
    assert max(map(len, (await call(home, "ls")).stdout.splitlines())) > 40


def test_the_share_of_the_file_is_known_unless_it_is_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x" * 100_000)
    with file.open(encoding="utf-8") as stream:
        describe = _progress_of(stream)
        assert describe(ImportReport()) == "0 captures read, 0% of the file"
        while stream.read(4096):
            pass
        report = ImportReport(kinds=Counter({Kind.NOTIFICATION: 1234}))
        assert describe(report) == "1,234 captures read, 100% of the file"
        report.added, report.known = 1000, 30
        assert describe(report) == "1,030 of 1,234 captures imported"
    read, write = os.pipe()
    with os.fdopen(read, encoding="utf-8") as stream, os.fdopen(write, "w", encoding="utf-8"):
        assert _progress_of(stream)(ImportReport(kinds=Counter({Kind.STRAY: 7}))) == "7 captures read"


@pytest.mark.slow
async def test_a_terminal_shows_how_far_it_is(home: Home) -> None:
    slow = home.work / "slow"
    os.mkfifo(slow)
    line = export([make_capture()], "ndjson")
    async with on_terminal(home, "captures", "import", "slow") as terminal:
        with await asyncio.to_thread(slow.open, "wb", buffering=0) as file:
            shown = asyncio.create_task(terminal.shows("captures read"))
            while not shown.done():
                # Written until it is seen: the first pieces may be read before the line is due.
                await asyncio.to_thread(file.write, line * 500)
            await shown
        await terminal.shows("imported of")
        assert await terminal.end() == 0


@pytest.mark.slow
@pytest.mark.parametrize("form", ["har", "ndjson"])
async def test_a_whole_history_moves_to_another_journal(home: Home, form: str) -> None:
    await call(home, "captures", "export", "--no-redact", "--format", form, "-o", "file")
    done = await call(home, "--journal", "other.db", "captures", "import", "file")
    assert done.code == 0
    assert done.stderr == "4 imported of 1 handshake, 3 notifications\n"
    before, after = held(home), held(home, home.work / "other.db")
    for old, new in zip(before, after, strict=True):
        assert (new.id, new.request, new.received_at, new.reply) == (old.id, old.request, old.received_at, old.reply)
        assert (new.kind, new.signature, new.handshake) == (old.kind, old.signature, old.handshake)
    done = await call(home, "--journal", "other.db", "captures", "import", "file")
    assert done.stderr == "0 imported of 1 handshake, 3 notifications; 4 already existed\n"
    assert len(held(home, home.work / "other.db")) == 4


async def test_half_a_file_imports_nothing(home: Home) -> None:
    await call(home, "captures", "export", "--format", "ndjson", "-o", "file")
    file = home.work / "file"
    file.write_bytes(file.read_bytes()[:-40])
    done = await call(home, "--journal", "other.db", "captures", "import", "file")
    assert done.code == 2
    assert "line 4: the file ends too early" in done.stderr
    assert "nothing was imported" in done.stderr
    assert held(home, home.work / "other.db") == []


async def test_a_file_that_is_not_there_is_said(home: Home) -> None:
    done = await call(home, "captures", "import", "no.har")
    assert done.code == 2
    assert "no.har cannot be read: No such file or directory" in done.stderr
