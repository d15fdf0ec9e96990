"""Whose an entry of the ledger is, as a pure function."""

from typing import Any

import pytest

from hookscope.graph.holders import is_held_by_other
from hookscope.settings import LeaseSettings
from tests.graph.make import entry

OURS, NEXT = "https://ours/1", "https://ours/2"
RUN, RELAY = {"standing": None}, {"standing": (OURS,)}
URLS, PAGE = {"callback_urls": (OURS,)}, {"callback_urls": (), "kept": True}


@pytest.mark.parametrize(
    ("settings", "values", "is_held"),
    [
        (RUN, URLS, True),
        (RELAY, URLS, False),
        (RELAY, {"callback_urls": (OURS, NEXT)}, True),  # The newest tells the log: a run may have come back elsewhere.
        (RELAY, {"callback_urls": (NEXT, OURS)}, False),
        (RUN, PAGE, True),
        (RELAY, PAGE, False),
        (RELAY, {**PAGE, "kept": False}, True),
        (RELAY, {**PAGE, "kept": False, "is_relays": True}, False),
        ({"standing": ()}, PAGE, True),
    ],
)
def test_an_entry_of_a_live_holder_is_its_own_unless_a_relay_of_the_same_log_has_lost_the_lease(
    settings: dict[str, Any], values: dict[str, Any], is_held: bool
) -> None:
    lease = LeaseSettings(verify_token="our-token", **settings)
    found = entry(holder="1-a", **values)
    assert is_held_by_other(found, holder="2-b", settings=lease, is_live="1-a".__eq__) is is_held
    assert not is_held_by_other(found, holder="1-a", settings=lease, is_live="1-a".__eq__)
    assert not is_held_by_other(found, holder="2-b", settings=lease, is_live="3-c".__eq__)
