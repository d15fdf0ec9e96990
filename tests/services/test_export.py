"""Exporting, as the command, the screen and the library do it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from msgspec.structs import replace

from hookscope.cli.captures.export import command
from hookscope.errors import UsageError
from hookscope.formats.exporters.registry import EXPORTERS, ExporterSpec, ExportReport
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Capture, Cause, Delivery, Run
from hookscope.services.captures import captures_by_id
from hookscope.services.export import check_new_file, export, form_for, propose_name, remarks
from hookscope.services.export_request import ExportRequest
from hookscope.settings import Route
from tests.support.captures import WHEN, feed_body, make_capture
from tests.tui.stage import stage

FIRST, SECOND = "http://localhost:3000/", "http://localhost:3001/"
SECRET_BODY = json.dumps({"access_token": "a-token-that-opens-doors"}).encode()


@pytest.fixture
async def journal(tmp_path: Path) -> Path:
    async with JournalWriter(tmp_path / "journal.db") as journal:
        for body in (SECRET_BODY, feed_body(), SECRET_BODY):
            await journal.append(make_capture(body))
    return tmp_path / "journal.db"


@pytest.fixture
def shouting() -> Iterator[ExporterSpec]:
    """A form that somebody has added: one module, and one line in the registry."""
    spec = ExporterSpec(
        name="shout",
        description="bodies in capitals",
        entry=lambda capture, _: capture.request.body.upper(),
        suffixes=(".shout",),
    )
    EXPORTERS[spec.name] = spec
    yield spec
    del EXPORTERS[spec.name]


def exported(journal: Path, request: ExportRequest, numbers: tuple[int, ...] = (1, 2, 3)) -> tuple[bytes, ExportReport]:
    parts: list[bytes] = []
    with JournalReader(journal) as history:
        report = export(history, captures_by_id(journal, numbers), request, parts.extend)
    return b"".join(parts), report


def test_several_bodies_are_counted_together(journal: Path, tmp_path: Path) -> None:
    folder, request = tmp_path / "bodies", ExportRequest(form="raw", new=True)
    with JournalReader(journal) as history:
        report = export(history, captures_by_id(journal, [1, 2, 3]), request, folder)
        with pytest.raises(UsageError, match="cannot be used as the folder"):
            export(history, captures_by_id(journal, [1, 2, 3]), request, folder)
    assert (report.exported, report.redacted, report.broken) == (3, 2, 2)
    assert sorted(file.name for file in folder.iterdir()) == ["1.json", "2.json", "3.json"]
    with pytest.raises(UsageError, match="cannot be told apart"):
        exported(journal, request)


def test_secrets_known_to_another_process_are_removed_and_reported(journal: Path) -> None:
    asked = []

    def scrub(captures: Sequence[Capture]) -> list[Capture]:
        asked.append(len(captures))
        bodies = [capture.request.body.replace(b"and the next one", b"REDACTED") for capture in captures]
        return [
            replace(capture, request=replace(capture.request, body=body))
            for capture, body in zip(captures, bodies, strict=True)
        ]

    text, report = exported(journal, ExportRequest(form="ndjson", scrub=scrub))
    assert b"and the next one" not in text
    assert (report.redacted, report.broken) == (3, 3)
    assert asked == [3]
    text, report = exported(journal, ExportRequest(form="ndjson", scrub=scrub, redact=False))
    assert b"and the next one" in text
    assert report.redacted == 0


async def test_a_command_sends_where_a_replay_would(tmp_path: Path) -> None:
    routes = (Route(target=FIRST, filter="field:messages"), Route(target=SECOND, filter="field:feed"))
    run = Run(key="k", app_id="1", objects=("page",), targets=(FIRST, SECOND), routes=routes, started_at=WHEN)
    async with JournalWriter(tmp_path / "journal.db") as journal:
        begun = await journal.begin_run(run)
        stored = await journal.append(make_capture(run_id=begun.id))
        wanted, _ = exported(journal.path, ExportRequest(form="http"), (1,))
        sent = Delivery(capture_id=stored.id, cause=Cause.FORWARD, target=FIRST, sent_at=WHEN, status=500, elapsed_ms=1)
        await journal.add_deliveries(sent)
    failed, _ = exported(tmp_path / "journal.db", ExportRequest(form="http"), (1,))
    assert f"POST {SECOND}\n".encode() in wanted
    assert f"POST {FIRST}\n".encode() in failed


def test_all_that_an_export_came_to_is_remarked() -> None:
    left_out = [(number, "its body is not text") for number in range(4, 9)]
    report = ExportReport(captures=9, redacted=3, broken=2, without_target=4, left_out=left_out)
    told = "; ".join(remark.text for remark in remarks(report, ExportRequest(form="http")))
    for part in (
        "removed from 3 of them",
        "bodies of 2",
        "for 4 of them the run had no forward target",
        "#4 is left out: its body",
    ):
        assert part in told
    assert "2 more" in told
    assert list(remarks(ExportReport(captures=9), ExportRequest(form="http"))) == []


def test_an_unknown_form_is_refused_with_the_known_ones(journal: Path) -> None:
    with pytest.raises(UsageError) as raised:
        exported(journal, ExportRequest(form="yaml"))
    assert raised.value.hint == f"choose from: {', '.join(EXPORTERS)}"
    with pytest.raises(UsageError):
        form_for(Path("all.yaml"))


def test_a_name_that_is_taken_is_not_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert propose_name([7], "pytest") == "test_hookscope_7.py"
    (tmp_path / "hookscope-7.har").touch()
    assert propose_name([7], "har") == "hookscope-7-1.har"
    assert propose_name([7, 8], "raw") == "hookscope-2-captures"
    with pytest.raises(UsageError, match="already exists"):
        check_new_file("hookscope-7.har")


async def test_a_new_form_is_an_entry_that_command_and_completion_know(journal: Path, shouting: ExporterSpec) -> None:
    assert "|shout]" in command.get_help(click.Context(command))
    [found] = ShellComplete(command, {}, "export", "_C").get_completions(["--format"], "sh")
    assert (found.value, found.help) == ("shout", shouting.description)
    assert form_for(Path("all.shout")) == "shout"
    assert exported(journal, ExportRequest(form="shout"), (2,))[0] == feed_body().upper()


@pytest.mark.usefixtures("shouting")
async def test_a_new_form_is_on_the_screen(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        await shown.engine.receive(make_capture())
        await shown.see("comment add")
        await shown.press("x")
        await shown.press(*"shout")
        await shown.see("bodies in capitals")
