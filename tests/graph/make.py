"""Entries and subscriptions for tests, with the usual values where none are given."""

from datetime import UTC, datetime
from typing import Any

from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.meta.subscription import Subscription
from hookscope.secret_sources import Secret

AT = datetime(2026, 11, 20, 19, 33, 29, tzinfo=UTC)


def subscription(url: str, *fields: str, topic: str = "page", active: bool = True) -> Subscription:
    return Subscription(object=topic, callback_url=url, fields=fields, active=active)


def entry(**values: Any) -> LedgerEntry:
    usual: dict[str, Any] = {
        "graph_url": "http://graph.localhost",
        "graph_version": "v25.0",
        "app_id": "1234567890",
        "object": "page",
        "callback_urls": ("https://ours/1",),
        "fields": ("feed",),
        "holder": "1-a",
        "opened_at": AT,
        "updated_at": AT,
    }
    return LedgerEntry(**{**usual, **values})


def displacing(*fields: str, **values: Any) -> LedgerEntry:
    """Return an entry that replaces production's callback."""
    usual = {"displaced": subscription("https://prod/hook", *fields), "restore_verify_token": Secret("prod-token")}
    return entry(**{**usual, **values})
