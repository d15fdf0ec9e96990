"""The answer of the Graph API for a node that a notification refers to."""

from datetime import datetime
from typing import Any

from msgspec import Struct


class FetchedNode(Struct, frozen=True, kw_only=True):
    """A node read for a capture: its `kind`, such as "comment", its id, and the answer as JSON without tokens."""

    capture_id: int
    kind: str
    node: str
    fetched_at: datetime
    answer: Any
