"""Exports of which another process makes a part."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from hookscope.errors import UsageError
from hookscope.formats.exporters.registry import EXPORTERS, ExportReport, export_chunks
from hookscope.journal.list_reader import ListReader
from hookscope.model.capture_id import EventRef
from hookscope.model.record import Capture
from hookscope.services import shared_export
from hookscope.services.events import load
from hookscope.services.export import export_refs
from hookscope.services.export_request import ExportRequest, options_of
from tests.support.captures import WHEN, batch_body, feed_body, make_capture
from tests.support.importing import add_all

SECRET = "a secret that is nowhere but in these bodies"


def several(count: int) -> Iterator[Capture]:
    """Yield captures, some of which hold secrets, and some a large body."""
    for n in range(count):
        body = feed_body(f"nr{n} ü", access_token="EAAx") if n % 50 == 3 else feed_body(f"nr{n} ü")
        if n % 400 == 7:
            body = feed_body("x" * 100_000 + SECRET)
        yield make_capture(body, received_at=WHEN + timedelta(seconds=n))
    yield make_capture(batch_body("one", "two"))


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shared") / "journal.db"
    add_all(path, several(3000))
    return path


@pytest.fixture
def history(journal: Path) -> Iterator[ListReader]:
    with ListReader(journal) as history:
        yield history


def alone(history: ListReader, refs: list[EventRef], request: ExportRequest) -> tuple[bytes, ExportReport]:
    """Return what one process exports, and its report."""
    report = ExportReport()
    return b"".join(export_chunks(load(history, refs), request.form, options_of(history, request), report)), report


@pytest.mark.parametrize("redact", [True, False])
def test_it_is_what_one_process_exports(history: ListReader, redact: bool) -> None:
    refs = [EventRef(3001, 2), *map(EventRef, range(1, 3002)), EventRef(5), EventRef(9999), EventRef(5)]
    request = ExportRequest(form="ndjson", redact=redact, secrets=(SECRET,))
    pieces: list[bytes] = []
    report = export_refs(history, iter(refs), request, pieces.extend)
    text = b"".join(pieces)
    assert (text, report) == alone(history, refs, request)
    assert (report.captures, report.redacted) == (3004, 68 if redact else 0)
    assert (SECRET.encode() in text) is not redact


def test_the_other_process_exports_as_this_one_does(history: ListReader) -> None:
    request = ExportRequest(form="ndjson", secrets=(SECRET,), to="http://localhost:1/", resign=False)
    refs = [*map(EventRef, range(1, 60)), EventRef(3001, 1)]
    with ExitStack() as until_then:
        setup = shared_export._encode(shared_export._order(history, request))
        work = shared_export.prepare_export(setup, until_then)
        result = shared_export._decode_result(work(shared_export._encode(refs)))
    assert (result.entries, result.report) == alone(history, refs, request)
    assert result.report.redacted == 3


def test_large_bodies_go_one_by_one(history: ListReader) -> None:
    parts = list(shared_export._parts(map(EventRef, range(1, 500)), history))
    assert [ref.capture_id for part in parts for ref in part] == list(range(1, 500))
    assert [part for part in parts if {EventRef(8), EventRef(408)} & {*part}] == [[EventRef(8)], [EventRef(408)]]


def test_a_file_is_left_alone_without_captures_and_when_one_cannot_be_exported(
    history: ListReader, tmp_path: Path
) -> None:
    file = tmp_path / "out.ndjson"
    request = ExportRequest(form="ndjson")
    assert export_refs(history, iter(()), request, file) == ExportReport()
    assert not file.exists()
    with pytest.raises(UsageError, match=r"there is no #3001\.3"):
        export_refs(history, iter([EventRef(1), EventRef(3001, 3)]), request, file)
    assert not file.exists()
    assert export_refs(history, iter([EventRef(1)]), request, file).captures == 1
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("form", [form for form in EXPORTERS if form != "raw"])
@pytest.mark.parametrize("count", [0, 1, 1500])
def test_every_format_is_shared(history: ListReader, form: str, count: int) -> None:
    refs = [EventRef(n) for n in range(1, count + 1)]
    request = ExportRequest(form=form, to="3000")
    pieces: list[bytes] = []
    report = export_refs(history, iter(refs), request, pieces.extend)
    assert (b"".join(pieces), report) == alone(history, refs, request)
