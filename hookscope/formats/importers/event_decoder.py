"""Decodes the JSON event stream of a run: captures and deliveries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hookscope.formats.importers.ndjson import capture_of
from hookscope.formats.plain_text import StreamItem
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Cause, Delivery, Failure
from hookscope.model.run_events import Captured, Delivered


def decode_event(value: Mapping[str, Any]) -> StreamItem:
    """Return the capture or delivery in an object of the stream; any other object is returned unchanged."""
    match value["type"]:
        case "capture":
            return Captured(at=datetime.fromisoformat(value["at"]), capture=capture_of(value))
        case "delivery":
            return Delivered(at=datetime.fromisoformat(value["at"]), delivery=decode_delivery(value))
        case _:
            return value


def decode_fetched(value: Mapping[str, Any]) -> FetchedNode:
    """Decode a fetched object of the Graph API from the form of `event_stream.fetched_json`."""
    return FetchedNode(**{**value, "fetched_at": datetime.fromisoformat(value["fetched_at"])})


def decode_delivery(value: Mapping[str, Any]) -> Delivery:
    """Return the delivery in an object of the stream."""
    return Delivery(
        capture_id=value["capture_id"],
        replay_id=value["replay_id"],
        cause=Cause(value["cause"]),
        method=value["method"],
        target=value["target"],
        sent_at=datetime.fromisoformat(value["at"]),
        status=value["status"],
        elapsed_ms=value["elapsed_ms"],
        failure=Failure(value["failure"]) if value["failure"] else None,
        error=value["error"],
    )
