"""Choosing entries of the ledger, and what is done with those that a live run or relay holds."""

from pathlib import Path

import pytest

from hookscope import run_registry
from hookscope.graph.installations.entry import InstallationEntry
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.run_registry import LiveRun
from hookscope.scope import Scope, ScopeKind
from hookscope.services.relays import Entry, Relays
from hookscope.services.teardown import Teardown, TeardownRequest, recreate_command
from tests.graph.make import AT, displacing, entry

RELAYS = Relays(app_id="1234567890", callback_urls=("https://ours/1", "https://other/1"), subjects=("page:7",))


def on_page(**values: object) -> InstallationEntry:
    """Return an entry for a Page, where no callback tells who made it."""
    usual = {"graph_url": "http://graph.localhost", "graph_version": "v25.0", "app_id": "1234567890", "holder": "1-a"}
    account = {"scope": Scope(ScopeKind.PAGE, "7"), "opened_at": AT, "updated_at": AT}
    return InstallationEntry(**{**usual, **account, **values})  # type: ignore[arg-type]


def test_forgetting_leaves_what_a_live_run_holds_and_what_the_user_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = tmp_path / "ledger.db"
    ledger, accounts = Ledger(file), InstallationLedger(file)
    live, wanted = ledger.begin(entry(object="user", holder="live")), ledger.begin(entry(object="instagram"))
    gone, page = ledger.begin(displacing("feed")), accounts.begin(on_page())
    run = LiveRun(key="live", pid=1, address="/x", journal="/j", app_id="1", objects=("user",))
    with run_registry.announce(run):
        teardown = Teardown(TeardownRequest(), file)
        settled = [*teardown.forget(lambda one: one.subject != "instagram")]
    assert settled == [(page, True), (live, False), (gone, True)]
    assert {*ledger.open_entries()} == {live, wanted}
    assert accounts.open_entries() == []


@pytest.mark.parametrize(
    ("request_", "entries", "others"),
    [
        (TeardownRequest(), {"page:7", "page", "user", "live"}, set()),
        (TeardownRequest(object="page"), {"page"}, {"page:7", "user"}),
        (TeardownRequest(scope=Scope(ScopeKind.PAGE, "7")), {"page:7"}, {"page", "user"}),
        (TeardownRequest(app_id="99"), set(), {"page:7", "page", "user"}),
    ],
)
def test_a_request_chooses_entries_and_the_others_are_those_of_ended_runs(
    request_: TeardownRequest, entries: set[str], others: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = tmp_path / "ledger.db"
    for one in (entry(), entry(object="user"), entry(object="live", holder="live")):
        Ledger(file).begin(one)
    InstallationLedger(file).begin(on_page())
    run = LiveRun(key="live", pid=1, address="/x", journal="/j", app_id="1", objects=("live",))
    with run_registry.announce(run):
        teardown = Teardown(request_, file)
        assert {one.subject for one in teardown.entries} == entries
        assert {one.subject for one in teardown.others} == others


def test_only_a_displaced_callback_is_registered_again() -> None:
    assert "--callback-url https://prod/hook" in (recreate_command(displacing("feed")) or "")
    assert recreate_command(entry()) is None
    assert recreate_command(on_page()) is None


@pytest.mark.parametrize(
    ("of", "is_theirs"),
    [
        (entry(), True),
        (entry(callback_urls=("https://run/1",)), False),
        (entry(app_id="99"), False),
        (on_page(kept=True), True),
        (on_page(is_relays=True), True),
        (on_page(), False),
        (on_page(kept=True, scope=Scope(ScopeKind.PAGE, "8")), False),
    ],
)
def test_a_relay_s_change_is_known_by_a_callback_and_on_a_page_by_what_the_log_names(
    of: Entry, is_theirs: bool
) -> None:
    assert RELAYS.made(of) is is_theirs
    assert Relays().made(of) is False


def test_a_relay_s_change_is_in_doubt_unless_the_log_knows_that_relay() -> None:
    unknown = entry(callback_urls=("https://run/1",), is_relays=True)
    assert [bool(RELAYS.doubt(one)) for one in (entry(is_relays=True), unknown, entry(app_id="99"))] == [
        False,
        True,
        False,
    ]


def test_only_where_something_was_displaced_may_another_relay_have_taken_its_place() -> None:
    former, plain = displacing("feed"), entry(object="user")
    assert [one.callback_urls for one in RELAYS.not_kept([former, plain])] == [
        ("https://other/1", "https://ours/1"),
        ("https://ours/1",),
    ]


def test_the_registration_of_a_live_relay_on_another_machine_is_kept() -> None:
    elsewhere = Relays(app_id="1234567890", callback_urls=("https://ours/1",), holder="b:9-z")
    kept = elsewhere.kept(entry())
    assert kept is not None
    assert "the relay b:9-z keeps it registered" in kept.reason
    assert elsewhere.not_kept([entry()]) == []
    here = Relays(app_id="1234567890", callback_urls=("https://ours/1",), holder="a:1-a")
    assert here.kept(entry()) is None
