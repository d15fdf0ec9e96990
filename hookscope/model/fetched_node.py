"""The answer of the Graph API for a node that a notification points at."""

from datetime import datetime
from typing import Any

from hookscope.frozen import fast_frozen_dataclass


@fast_frozen_dataclass(frozen=True, slots=True, kw_only=True)
class FetchedNode:
    """A node read for a capture: `kind` in words, the node's id, and the answer as JSON without tokens."""

    capture_id: int
    kind: str
    node: str
    fetched_at: datetime
    answer: Any
