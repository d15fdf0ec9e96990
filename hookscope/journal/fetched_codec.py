"""Conversion of the Graph API's answers to and from the journal's rows."""

import json
import sqlite3

from hookscope.model.fetched_node import FetchedNode
from hookscope.model.timestamps import from_milliseconds, milliseconds

COLUMNS = "capture_id, kind, node, fetched_at, answer"
PUT = f"INSERT OR REPLACE INTO fetched ({COLUMNS}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608


def row(node: FetchedNode) -> tuple[object, ...]:
    """Return a node in the order of COLUMNS."""
    return node.capture_id, node.kind, node.node, milliseconds(node.fetched_at), json.dumps(node.answer)


def read(found: sqlite3.Row) -> FetchedNode:
    """Return a node from a row with COLUMNS."""
    return FetchedNode(
        capture_id=found["capture_id"],
        kind=found["kind"],
        node=found["node"],
        fetched_at=from_milliseconds(found["fetched_at"]),
        answer=json.loads(found["answer"]),
    )
