"""The ledger: what it keeps, for whom, and what it does when its file is not as it should be."""

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.errors import ExitCode, ForeignCallbackError, HookscopeError
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_file import LedgerFile
from hookscope.secret_sources import Secret
from tests.graph.make import AT, displacing, entry, subscription


def test_an_entry_comes_back_as_it_was_written(ledger: Ledger) -> None:
    written = ledger.begin(displacing("feed", "mention", restore_include_values=False))
    assert written.id == 1
    assert Ledger(ledger.path).find(1) == written
    assert ledger.open_entries() == [written]


def test_there_is_no_file_before_there_is_an_entry(ledger: Ledger) -> None:
    assert ledger.open_entries() == []
    assert ledger.find(1) is None
    assert not ledger.path.exists()


def test_only_the_user_may_read_it(ledger: Ledger) -> None:
    previous = os.umask(0)
    try:
        ledger.begin(entry())
    finally:
        os.umask(previous)
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ledger.path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(ledger: Ledger) -> None:
    ledger.begin(entry())
    ledger.path.chmod(0o644)
    ledger.open_entries()
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


def test_a_write_is_on_the_disk_and_what_is_wiped_is_not(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    ledger.begin(entry())
    assert synced == [ledger.path.parent.stat().st_ino]
    with closing(LedgerFile(ledger.path)._connect()) as db:
        wanted = {"synchronous": 3, "fullfsync": 1, "secure_delete": 1}
        assert {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted


def test_neither_a_write_nor_a_failure_leaves_a_descriptor_open(ledger: Ledger) -> None:
    before = len([*Path("/dev/fd").iterdir()])
    ledger.begin(entry())
    ledger.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(HookscopeError):
        ledger.open_entries()
    assert len([*Path("/dev/fd").iterdir()]) == before


def test_each_write_is_seen_by_another_process_at_once(ledger: Ledger) -> None:
    ledger.begin(entry())
    program = "import sys, pathlib; from hookscope.graph.ledger import Ledger; "
    program += "print(*[e.object for e in Ledger(pathlib.Path(sys.argv[1])).open_entries()])"
    ran = subprocess.run([sys.executable, "-c", program, ledger.path], capture_output=True, text=True, check=True)
    assert ran.stdout == "page\n"


def test_written_captures_survive_a_killed_process(ledger: Ledger) -> None:
    program = (
        "import os, sys, signal, pathlib; sys.path.insert(0, os.getcwd())\n"
        "from hookscope.graph.ledger import Ledger; from tests.graph.make import displacing\n"
        "Ledger(pathlib.Path(sys.argv[1])).begin(displacing('feed')); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", program, ledger.path], check=False)
    assert ran.returncode == -9
    (found,) = ledger.open_entries()
    assert found.restore_verify_token == Secret("prod-token")


def test_an_object_has_one_open_entry(ledger: Ledger) -> None:
    first = ledger.begin(entry())
    with pytest.raises(ForeignCallbackError, match="claimed page of app 1234567890"):
        ledger.begin(entry(holder="2-b"))
    ledger.begin(entry(object="instagram"))
    ledger.begin(entry(app_id="2"))
    ledger.begin(entry(graph_url="http://other"))
    ledger.close(first, "removed", "done")
    assert ledger.begin(entry(holder="2-b")).id != first.id


def test_entries_are_found_by_graph_app_and_object(ledger: Ledger) -> None:
    for app_id, topic in (("1", "page"), ("1", "user"), ("2", "page")):
        ledger.begin(entry(app_id=app_id, object=topic))
    ledger.begin(entry(app_id="1", graph_url="http://other"))

    def found(**wanted: str) -> list[int]:
        return [one.id for one in ledger.open_entries(**wanted)]

    assert found() == [1, 2, 3, 4]
    assert found(graph_url="http://graph.localhost") == [1, 2, 3]
    assert found(app_id="1", object="page") == [1, 4]
    assert found(object="user") == [2]


def test_a_new_address_comes_last_and_once(tmp_path: Path) -> None:
    later = AT + timedelta(minutes=1)
    ledger = Ledger(tmp_path / "ledger.db", clock=lambda: later)
    moved = ledger.add_url(ledger.begin(entry()), "https://ours/2")
    assert moved.callback_urls == ("https://ours/1", "https://ours/2")
    assert ledger.add_url(moved, "https://ours/1").callback_urls == ("https://ours/2", "https://ours/1")
    found = ledger.find(1)
    assert found
    assert (found.opened_at, found.updated_at) == (AT, later)


def test_a_kept_entry_stays_open(ledger: Ledger) -> None:
    ledger.keep(ledger.begin(entry()))
    (found,) = ledger.open_entries()
    assert found.kept


def test_a_file_of_an_older_version_says_of_no_entry_that_it_is_a_relay_s(ledger: Ledger) -> None:
    former = ledger.begin(entry())
    with sqlite3.connect(ledger.path) as db:
        db.execute("ALTER TABLE entries DROP COLUMN is_relays")
    db.close()
    assert ledger.open_entries() == [former]
    relays = ledger.begin(entry(object="user", is_relays=True))
    assert ledger.open_entries() == [former, relays]


def test_a_file_of_a_version_without_accounts_takes_them(ledger: Ledger) -> None:
    ledger.begin(entry())
    with closing(sqlite3.connect(ledger.path)) as db:
        db.execute("DROP TABLE installations")
    assert InstallationLedger(ledger.path).open_entries() == []
    assert len(ledger.open_entries()) == 1


def test_a_closed_entry_stays_as_history_without_its_token(ledger: Ledger) -> None:
    ledger.close(ledger.begin(displacing("feed")), "restored", "as it was")
    assert ledger.open_entries() == []
    (found,) = ledger.history()
    assert (found.outcome, found.reason, found.restore_verify_token) == ("restored", "as it was", None)
    assert found.displaced == subscription("https://prod/hook", "feed")
    assert not found.is_open


def test_a_wiped_token_is_nowhere_in_the_folder(ledger: Ledger) -> None:
    ledger.close(ledger.begin(displacing("feed", restore_verify_token=Secret("wipe-me-please"))), "restored", "")
    for file in ledger.path.parent.iterdir():
        assert b"wipe-me-please" not in file.read_bytes()


def test_a_closed_entry_cannot_be_changed_any_more(ledger: Ledger) -> None:
    written = ledger.begin(entry())
    ledger.close(written, "removed", "")
    for change in (ledger.keep, lambda one: ledger.add_url(one, "x"), lambda one: ledger.close(one, "left", "")):
        with pytest.raises(HookscopeError, match="no open entry 1"):
            change(written)
    assert ledger.history()[0].outcome == "removed"


def test_an_entry_that_another_process_continues_is_changed_by_no_other(ledger: Ledger) -> None:
    written = ledger.begin(entry())
    continued = ledger.take_over(written, replace(written, holder="2-b"))
    for change in (
        ledger.keep,
        ledger.adopt,
        lambda one: ledger.add_url(one, "https://ours/2"),
        lambda one: ledger.take_over(one, replace(one, holder="3-c")),
        lambda one: ledger.close(one, "left", ""),
    ):
        with pytest.raises(HookscopeError, match="no open entry 1"):
            change(written)
    assert ledger.open_entries() == [continued]


def test_no_text_of_an_entry_shows_its_token(ledger: Ledger) -> None:
    assert "prod-token" not in repr(ledger.begin(displacing("feed")))


def test_a_broken_file_is_told_and_left_alone(ledger: Ledger) -> None:
    ledger.path.parent.mkdir(parents=True)
    ledger.path.write_bytes(b"no database at all" * 100)
    for act in (ledger.open_entries, lambda: ledger.begin(entry())):
        with pytest.raises(HookscopeError, match="cannot be used") as raised:
            act()
        assert "subscriptions list" in (raised.value.hint or "")
        assert raised.value.code is ExitCode.FAILURE
    assert ledger.path.read_bytes() == b"no database at all" * 100


def test_a_place_where_no_ledger_can_be_is_named_in_words(ledger: Ledger) -> None:
    ledger.path.parent.mkdir(parents=True)
    ledger.path.symlink_to(ledger.path)
    with pytest.raises(HookscopeError) as raised:
        ledger.begin(entry())
    assert raised.value.message == f"the ledger {ledger.path} cannot be used: {os.strerror(errno.ELOOP)}"


def test_a_row_that_makes_no_sense_is_told(ledger: Ledger) -> None:
    ledger.begin(entry())
    with sqlite3.connect(ledger.path) as db:
        db.execute("UPDATE entries SET fields = 'no json'")
    db.close()
    with pytest.raises(HookscopeError, match="cannot be used"):
        ledger.open_entries()


def test_a_newer_file_is_left_alone(ledger: Ledger) -> None:
    ledger.begin(entry())
    with sqlite3.connect(ledger.path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    for act in (ledger.open_entries, lambda: ledger.begin(entry(object="user"))):
        with pytest.raises(HookscopeError, match="version 99") as raised:
            act()
        assert raised.value.hint == "upgrade hookscope"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HookscopeError, match="is not a folder"):
        Ledger(tmp_path / "file" / "ledger.db").begin(entry())


def test_commands_to_type_survive_the_shell() -> None:
    one = displacing("feed", "mention", displaced=subscription("https://x/?a=1&b='2'", "feed"))
    assert one.teardown_command == "hookscope teardown --app-id 1234567890 --object page"
    assert one.recreate_command.endswith(
        """--callback-url 'https://x/?a=1&b='"'"'2'"'"'' --verify-token TOKEN --fields feed"""
    )
    assert "--callback-url" not in replace(one, displaced=None).recreate_command
