"""Changes of a Page: who rates it, labels of conversations, and what Meta holds against it."""

from typing import Any

import pytest

from hookscope.meta import wire
from hookscope.meta.notification import Event, parse
from hookscope.meta.senders import senders
from hookscope.meta.summaries.summary import summarize


def event_of(field: str, value: dict[str, Any]) -> Event:
    entry = {"id": "1", "time": 1760000000, "changes": [{"field": field, "value": value}]}
    (found,) = parse(wire.encode({"object": "page", "entry": [entry]})).events
    return found


def test_whoever_rates_a_page_is_found() -> None:
    rating = {"item": "rating", "verb": "add", "reviewer_id": 70, "reviewer_name": "Bo", "review_text": "ok"}
    assert senders(event_of("ratings", rating)) == {"70"}


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("inbox_labels", {"action": "add", "user": {"id": "70"}, "label": {"name": "VIP"}}, "label add to 70: VIP"),
        (
            "inbox_labels",
            {"action": "remove", "user": {"id": "70"}, "label": {"page_label_name": "VIP"}},
            "label remove from 70: VIP",
        ),
        (
            "business_integrity",
            {
                "status": "warning",
                "violations": [{"type": "SPAM"}],
                "restrictions": [{"feature": "page_messaging", "expiration_time": 1760000000}],
                "action_events": [{"type": "APPEAL", "status": "OPEN"}],
            },
            "business integrity warning: SPAM, page_messaging until 2025-10-09 08:53:20, APPEAL OPEN",
        ),
        ("business_integrity", {"timestamp": 1760000000}, "business integrity"),
    ],
)
def test_a_change_of_a_page(field: str, value: dict[str, Any], line: str) -> None:
    assert summarize(event_of(field, value)).summary == line
