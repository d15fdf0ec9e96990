import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from hookscope import paths, run_registry
from hookscope.errors import JournalError
from hookscope.journal import packed_headers
from hookscope.journal.bulk_import import Added
from hookscope.journal.editor import JournalEditor
from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.model import header_lines
from hookscope.model.record import Capture, Headers, Run, Source
from hookscope.run_registry import LiveRun
from tests.support.captures import WHEN, feed_body, make_capture
from tests.support.importing import add_all
from tests.support.old_journal import downgrade

SHA1 = "b61649b827b05c8112c6b90c59acce1ec0387f0a"
SHA256 = "1eed7c5d05309fba03583701e3e81dffe8c8d25756781c166c51a3a42bf8c887"
SENT: Headers = (
    (b"Host", b"example.ngrok.app"),
    (b"User-Agent", b"facebookexternalua"),
    (b"Content-Length", b"867"),
    (b"Content-Type", b"application/json"),
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"deflate, gzip"),
    (b"X-Forwarded-For", b"2a03:2880::1"),
    (b"X-Forwarded-Proto", b"https"),
    (b"X-Hub-Signature", b"sha1=" + SHA1.encode()),
    (b"X-Hub-Signature-256", b"sha256=" + SHA256.encode()),
)
ODD: Headers = (
    (b"\x80", b"\xff"),
    (b"\xff", b""),
    (b"", b"\x80"),
    (b"\xa0" * 40, b"x"),
    (b"x-hub-signature-256", b"sha256=" + SHA256.upper().encode()),
    (b"X-Hub-Signature", b"sha1= " + SHA1[1:].encode()),
    (b"X-Hub-Signature", b"sha1=" + b"1" * 40),
    (b"X-Hub-Signature", b"sha1=" + b"x" * 40),
    (b"X-Hub-Signature", b"sha256=" + SHA256.encode()),
    (b"Host", b"\xe4: \xc0"),
    (b"host", b""),
)
LINES = b"".join(b"%b: %b\r\n" % line for line in SENT)

names = st.one_of(
    st.sampled_from([name for name, _ in SENT]), st.binary(max_size=9).map(lambda name: name.translate(None, b":\r\n"))
)
values = st.one_of(
    st.sampled_from([value for _, value in SENT]),
    st.binary(max_size=45).map(lambda text: text.translate(None, b"\r\n")),
)


@given(st.lists(st.tuples(names, values), max_size=12).map(tuple))
@example(SENT)
@example(ODD)
def test_all_headers_come_back_as_they_were(headers: Headers) -> None:
    packed = packed_headers.pack(headers)
    assert packed_headers.unpack(packed) == headers
    assert packed_headers.pack_lines(b"".join(b"%b: %b\r\n" % line for line in headers)) == packed


@given(st.binary(max_size=80))
def test_any_bytes_can_be_read(packed: bytes) -> None:
    assert isinstance(packed_headers.unpack(packed), tuple)


def test_what_is_stored_today_is_read_forever() -> None:
    assert packed_headers.pack(SENT) == (
        b"\xc0example.ngrok.app\r\n\x81\xc1867\r\n\x80\x82\x83\xc62a03:2880::1\r\n\x84"
        b"\xa1" + bytes.fromhex(SHA1) + b"\xa0" + bytes.fromhex(SHA256)
    )
    assert packed_headers.unpack(LINES) == header_lines.unpack(LINES) == SENT


def sent(text: str, headers: Headers = SENT) -> Capture:
    made = make_capture(feed_body(text))
    return replace(made, request=replace(made.request, headers=headers))


async def old_journal(path: Path) -> Path:
    """Make a journal of two captures as version 7 wrote it."""
    async with JournalWriter(path) as journal:
        await journal.append(sent("old"))
        await journal.append(sent("odd", ((b"X-\xc0", b"\x80"),)))
        await journal.catch_up()
    downgrade(path, 7)
    with closing(sqlite3.connect(path)) as db:
        stored = db.execute("SELECT headers FROM captures ORDER BY id").fetchall()
    assert stored == [(LINES,), (b"X-\xc0: \x80\r\n",)]
    return path


async def test_old_and_new_headers_of_one_journal_are_read_alike(tmp_path: Path) -> None:
    path = await old_journal(tmp_path / "journal.db")
    with JournalReader(path) as before:
        assert [capture.request.headers for capture in before.captures()] == [SENT, ((b"X-\xc0", b"\x80"),)]
        async with JournalWriter(path) as journal:  # It migrates under the reader's eyes.
            await journal.append(sent("new"))
        assert [capture.request.headers for capture in before.captures()] == [SENT, ((b"X-\xc0", b"\x80"),), SENT]
    with JournalReader(path) as after, closing(sqlite3.connect(path)) as db:
        assert [capture.request.headers for capture in after.captures()] == [SENT, ((b"X-\xc0", b"\x80"),), SENT]
        assert db.execute("SELECT length(headers) FROM captures").fetchall() == [
            (len(LINES),),
            (8,),
            (len(packed_headers.pack(SENT)),),
        ]
    with JournalEditor(path) as editor:
        assert editor.delete([1, 3]).deleted == 2


async def test_an_import_knows_the_captures_of_an_old_journal(tmp_path: Path) -> None:
    path = await old_journal(tmp_path / "journal.db")
    given = [replace(sent(text), id=number, source=Source.IMPORT) for number, text in ((1, "old"), (2, "other"))]
    assert add_all(path, given) == Added(added=1, known=1)


async def test_an_old_journal_stays_what_it_is_while_a_run_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "runs_folder", lambda: tmp_path / "runs")
    path, key = tmp_path / "journal.db", run_registry.new_key()
    async with JournalWriter(path) as journal:
        await journal.begin_run(Run(key=key, app_id="1", objects=(), targets=(), started_at=WHEN))
    await old_journal(path)
    before = path.read_bytes()
    live = LiveRun(key=key, pid=1, address="", journal=str(path), app_id="1", objects=())
    with run_registry.announce(live):
        with pytest.raises(JournalError, match="an earlier hookscope") as caught:
            async with JournalWriter(path):
                pass
        assert caught.value.hint
        assert path.read_bytes() == before
        with JournalReader(path) as history:
            assert len(list(history.captures())) == 2
    async with JournalWriter(path) as journal:
        await journal.append(sent("new"))
