"""A journal as a program reads it."""

from pathlib import Path

import pytest

import hookscope
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from tests.support.captures import feed_body, make_capture


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    async with JournalWriter(tmp_path / "journal.db") as journal:
        for number in range(1, 41):
            wrong = Signature(verdict=SignatureVerdict.INVALID, reason="made up")
            await journal.append(
                make_capture(feed_body(f"the {number}th"), **({"signature": wrong} if number == 7 else {}))
            )
    return tmp_path / "journal.db"


def test_captures_are_found_by_filter(path: Path) -> None:
    with hookscope.open_journal(path) as journal:
        assert [capture.id for capture in journal.captures()] == [*range(1, 41)]
        assert [capture.id for capture in journal.captures("sig:invalid")] == [7]
        assert [capture.id for capture in journal.captures('"the 12th" or id:39..', newest_first=True)] == [40, 39, 12]
        (event,) = next(journal.captures("field:feed")).events
        assert event.summary == "comment add by Tester: the 1th"


def test_captures_and_deliveries_are_found_by_number(path: Path) -> None:
    with hookscope.open_journal(str(path)) as journal:
        assert journal.capture(3).request.body == feed_body("the 3th")
        assert journal.deliveries(3) == []
        for number in (0, 41):
            with pytest.raises(hookscope.UsageError, match=f"no capture #{number}"):
                journal.capture(number)


def test_a_wrong_filter_is_refused_before_anything_is_read(path: Path) -> None:
    with hookscope.open_journal(path) as journal, pytest.raises(hookscope.UsageError) as raised:
        journal.captures("feild:feed")
    assert "did you mean field:feed?" in str(raised.value.hint)


def test_without_a_journal_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for path in (None, tmp_path / "none.db"):
        with pytest.raises(hookscope.JournalError) as raised:
            hookscope.open_journal(path)
        assert raised.value.code == 2
        assert raised.value.hint


def test_the_usual_journal_is_the_user_s(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "hookscope").mkdir()
    path.rename(tmp_path / "hookscope" / "journal.db")
    with hookscope.open_journal() as journal:
        assert len([*journal.captures()]) == 40
