"""The state of an account once an entry is put back, as a pure function."""

import pytest

from hookscope.graph.installations.entry import InstallationEntry
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.model.run_events import Ending, SubscriptionEnded
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import Secret
from tests.graph.make import AT

_PAGE = Scope(ScopeKind.PAGE, "12")
_WABA = Scope(ScopeKind.WABA, "34")


def _entry(scope: Scope, **values: object) -> InstallationEntry:
    usual = {"graph_url": "http://g", "graph_version": "v25.0", "app_id": "1", "holder": "1-a"}
    return InstallationEntry(scope=scope, opened_at=AT, updated_at=AT, **{**usual, **values})  # type: ignore[arg-type]


def _page(*fields: str) -> SubscribedApp:
    return SubscribedApp(app_id="1", fields=fields)


def _waba(url: str | None) -> SubscribedApp:
    return SubscribedApp(app_id="1", override_url=url)


def test_only_fields_that_were_added_are_taken_away() -> None:
    entry = _entry(_PAGE, fields=("feed", "messages"), displaced=_page("feed"))
    assert entry.put_back(_page("feed", "messages")) == _page("feed")
    assert entry.put_back(_page("feed", "messages", "mention")) == _page("feed", "mention")
    assert entry.put_back(_page("messages", "mention")) == _page("mention")


def test_changes_that_others_made_meanwhile_are_left_alone() -> None:
    entry = _entry(_PAGE, fields=("messages",), displaced=_page("feed"))
    for current in (None, _page(), _page("feed"), _page("mention")):
        assert entry.put_back(current) == current


def test_an_app_that_was_not_installed_is_removed_unless_somebody_else_uses_it() -> None:
    entry = _entry(_PAGE, fields=("feed",))
    assert entry.put_back(_page("feed")) is None
    assert entry.put_back(_page("feed", "mention")) == _page("mention")


def test_the_last_field_is_taken_away_with_the_app_since_none_cannot_be_set() -> None:
    entry = _entry(_PAGE, fields=("messages",), displaced=_page("feed"))
    assert entry.put_back(_page("messages")) is None


def test_an_override_of_ours_goes_and_another_stays() -> None:
    entry = _entry(_WABA, callback_urls=("https://ours/1", "https://ours/2"), displaced=_waba(None))
    assert entry.put_back(_waba("https://ours/1")) == _waba(None)
    assert entry.put_back(_waba("https://theirs")) == _waba("https://theirs")
    assert _entry(_WABA, callback_urls=("https://ours/1",)).put_back(_waba("https://ours/1")) is None


def test_a_displaced_override_comes_back_only_with_its_token() -> None:
    entry = _entry(_WABA, callback_urls=("https://ours/1",), displaced=_waba("https://theirs"))
    assert entry.put_back(_waba("https://ours/1")) == _waba(None)
    proven = _entry(
        _WABA,
        callback_urls=("https://ours/1",),
        displaced=_waba("https://theirs"),
        restore_verify_token=Secret("their-token"),
    )
    assert proven.put_back(_waba("https://ours/1")) == _waba("https://theirs")


def test_the_command_names_the_account() -> None:
    assert _entry(_PAGE).teardown_command == "hookscope teardown --app-id 1 --scope page:12"


@pytest.mark.parametrize(
    ("ending", "registered", "named"),
    [
        (Ending.RESTORED, "https://theirs", "https://theirs"),
        (Ending.RESTORED, None, None),
        (Ending.REMOVED, None, "https://ours/2"),
        (Ending.LEFT, "https://theirs", "https://theirs"),
        (Ending.LEFT, None, "https://ours/2"),
    ],
)
def test_the_end_names_what_is_registered_or_what_was_last(
    ending: Ending, registered: str | None, named: str | None
) -> None:
    entry = _entry(_WABA, callback_urls=("https://ours/1", "https://ours/2"))
    ended = entry.ended(ending, "why", callback_url=registered)
    assert isinstance(ended, SubscriptionEnded)
    assert (ended.callback_url, ended.scope) == (named, "waba:34")
