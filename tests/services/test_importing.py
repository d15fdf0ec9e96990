"""Imports of files of any size."""

import io
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.registry import export
from hookscope.journal.reader import JournalReader
from hookscope.model.record import Capture, Kind, Source
from hookscope.services.importing import import_captures
from tests.support.captures import WHEN, batch_body, feed_body, make_capture, make_handshake

MANY = 6000
"""A file of so many is larger than what one process reads before another one helps."""


def several(count: int) -> list[Capture]:
    return [
        make_capture(feed_body("x" * 600, comment_id=f"1_{n}"), id=n, received_at=WHEN + timedelta(seconds=n))
        for n in range(1, count + 1)
    ]


def held(path: Path) -> list[Capture]:
    with JournalReader(path) as history:
        return list(history.captures())


def exported(captures: Sequence[Capture], form: str = "ndjson") -> str:
    return export(captures, form, Options(redact=False)).decode()


def test_an_import_reports_what_the_file_holds(tmp_path: Path) -> None:
    seen = []
    text = exported([make_capture(id=1), make_handshake(id=2), make_capture(b'{"object":"user"}', id=3)])
    for added, known in ((3, 0), (0, 3)):
        report = import_captures(
            tmp_path / "journal.db",
            io.StringIO(text).read,
            watch=lambda report: seen.append((report.read, report.added, report.known)),
        )
        assert (report.added, report.known) == (added, known)
        assert report.kinds == {Kind.NOTIFICATION: 2, Kind.HANDSHAKE: 1}
    assert seen[-1] == (3, 0, 3)


@pytest.mark.parametrize("form", ["har", "ndjson"])
def test_a_large_file_is_imported_in_its_order(tmp_path: Path, form: str) -> None:
    given = several(MANY)
    given[17] = replace(given[17], duplicate_of=3)
    given[-1] = replace(given[-1], replay_of=MANY - 1)
    given[-2] = replace(given[-2], request=replace(given[-2].request, body=batch_body()), originals=(None, 2))
    report = import_captures(tmp_path / "journal.db", io.StringIO(exported(given, form)).read)
    assert report.added == report.read == MANY
    assert held(tmp_path / "journal.db") == [replace(one, source=Source.IMPORT) for one in given]


@pytest.mark.parametrize("line", [2, 700, MANY - 1, MANY])
@pytest.mark.parametrize(
    ("wrong", "reason"), [("{", "it is not JSON|the file ends too early"), ('{"a": 1}', "it is not a capture")]
)
def test_a_wrong_line_is_named_wherever_it_is(tmp_path: Path, line: int, wrong: str, reason: str) -> None:
    lines = exported(several(MANY)).splitlines()
    lines[line - 1] = wrong
    with pytest.raises(UsageError, match=reason) as caught:
        import_captures(tmp_path / "journal.db", io.StringIO("\n".join(lines) + "\n").read)
    assert f"line {line}" in caught.value.message
    assert held(tmp_path / "journal.db") == []


def test_lines_that_only_json_reads_and_other_events_stop_nothing(tmp_path: Path) -> None:
    given = several(MANY)
    lines = exported(given).splitlines()
    odd = json.loads(lines[4000])
    odd["events"][0]["summary"] = "\ud83d"
    lines[4000] = json.dumps(odd)
    lines[3000] += '\n\n{"v": 1, "type": "delivery", "status": 200}\r'
    import_captures(tmp_path / "journal.db", io.StringIO("\n".join(lines)).read)
    assert held(tmp_path / "journal.db") == [replace(one, source=Source.IMPORT) for one in given]


def test_lines_and_indented_objects_may_take_turns(tmp_path: Path) -> None:
    given = several(MANY)
    lines = exported(given).splitlines()
    lines[3000] = json.dumps(json.loads(lines[3000]), indent=1)
    import_captures(tmp_path / "journal.db", io.StringIO("\n".join(lines)).read)
    assert held(tmp_path / "journal.db") == [replace(one, source=Source.IMPORT) for one in given]


def test_a_few_large_bodies_are_imported(tmp_path: Path) -> None:
    bodies = [b"x" * (3 << 20), b"y", b"\xff" * (1 << 20), b"z"]
    given = [make_capture(body, id=n) for n, body in enumerate(bodies, 1)]
    import_captures(tmp_path / "journal.db", io.StringIO(exported(given)).read)
    assert [one.request.body for one in held(tmp_path / "journal.db")] == bodies


def test_nothing_stays_behind_beside_the_journal(tmp_path: Path) -> None:
    import_captures(tmp_path / "journal.db", io.StringIO(exported(several(3))).read)
    with closing(sqlite3.connect(tmp_path / "journal.db")) as db:
        assert {name for (name,) in db.execute("SELECT name FROM sqlite_master")}.isdisjoint({"known", "numbers"})
    assert [file.name for file in tmp_path.iterdir() if not file.name.endswith(("-wal", "-shm"))] == ["journal.db"]
