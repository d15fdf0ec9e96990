"""The event stream as lines of text: one per delivery, with the arrows that users of other tools know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hookscope.formats import event_stream
from hookscope.meta.field_list import list_fields
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Capture, Delivery, Kind
from hookscope.model.run_events import Captured, Delivered, RunEvent
from hookscope.model.timestamps import local_time
from hookscope.views.sanitize import sanitize
from hookscope.views.verify_token import masked_target

_SHOWN_ORIGINALS = 3

StreamItem = RunEvent | Mapping[str, Any]
"""An item; or what `stream` makes of one that is neither a capture nor a delivery."""


def plain_lines(item: StreamItem) -> list[str]:
    """Return the lines for stdout; none for anything but a delivery."""
    match item:
        case Captured():
            return [_capture(item.at, item.capture)]
        case Delivered():
            return [_delivery(item.at, item.delivery)]
    value = _object(item)
    match value.get("type"):
        case "plan":
            return [sanitize(value["summary"])]
        case "gap" if gone := value.get("shared"):
            clock = local_time(datetime.fromisoformat(value["at"]))
            return [f"{clock}   --- @{gone['first_seq']} to @{gone['last_seq']} are gone from the log"]
        case "gap":
            clock = local_time(datetime.fromisoformat(value["at"]))
            return [f"{clock}   --- #{value['first_id']} to #{value['last_id']} not shown: see `hookscope ls`"]
        case _:
            return []


def progress_line(item: StreamItem) -> str | None:
    """Return the line for stderr, or None when there is nothing to say."""
    if isinstance(item, Captured | Delivered):
        return None
    value = _object(item)
    match value.get("type"):
        case "receiver.listening":
            text = f"receiver   listening on {value['url']}"
        case "tunnel.up" if value["provider"] == "none":
            text = f"tunnel     none: the public URL is {value['public_url']}"
        case "tunnel.up":
            text = f"tunnel     {value['provider']} up: {value['public_url']}"
        case "tunnel.down":
            text = f"tunnel     {value['provider']} DOWN: {value['reason']}"
        case "probe" if value["ok"] and value.get("again"):
            return None  # Every two minutes while nothing arrives: nobody wants to read that all is still well.
        case "probe" if value["ok"]:
            text = f"probe      the public URL leads here ({value['elapsed_ms']:.0f} ms)"
        case "probe":
            text = f"probe      FAILED: {value['diagnosis']}"
        case "subscription.active":
            text = f"registered {value['object']}: {list_fields(value['fields'])} → {value['callback_url']}"
            if scope := value.get("scope"):
                text += f" (for {scope} only)"
            if displaced := value["displaced"]:
                text += f" (in place of {displaced['callback_url']})"
        case "subscription.restored" | "subscription.removed" | "subscription.left" | "subscription.kept":
            ending = value["type"].partition(".")[2]
            text = f"{ending:<10} {value['object']}: {value['reason']}"
        case "page.installed":
            text = f"installed  on Page {value['page']}: {list_fields(value['fields'])}"
        case "page.restored" | "page.removed" | "page.left" | "page.kept":
            ending = value["type"].partition(".")[2]
            text = f"{ending:<10} Page {value['page']}: {value['reason']}"
        case "notice":
            hint = f" ({value['hint']})" if value["hint"] else ""
            text = f"{value['level']:<10} {value['message']}{hint}"
        case _:
            return None
    return sanitize(text)


def heading(capture: Capture) -> str:
    """Return a capture in a few words: `page.feed  comment add`, `handshake  accepted`, `stray  GET /favicon.ico`."""
    if capture.kind is Kind.HANDSHAKE:
        return f"handshake  {'accepted' if capture.handshake and capture.handshake.accepted else 'rejected'}"
    if capture.kind is Kind.STRAY:
        return f"stray  {capture.request.method} {masked_target(capture.request.target)}"
    event = capture.lead
    if event is None:
        return f"notification  {capture.problem or 'without events'}"
    more = f" (+{len(capture.events) - 1})" if len(capture.events) > 1 else ""
    return f"{event.object}.{event.field}  {event.action}{more}"


def duplicate_note(capture: Capture) -> str:
    """Return `duplicate of #4`; for a batch `1 of 3 events seen before, in #4`; empty when everything is new."""
    if capture.duplicate_of:
        return f"duplicate of #{capture.duplicate_of}"
    before = [*filter(None, capture.originals)]
    places = ", ".join(f"#{number}" for number in dict.fromkeys(before[:_SHOWN_ORIGINALS]))
    return f"{len(before)} of {len(capture.originals)} events seen before, in {places}" if before else ""


def _object(item: StreamItem) -> Mapping[str, Any]:
    return (event_stream.event_to_json(item) or {}) if isinstance(item, RunEvent) else item


def _capture(at: datetime, capture: Capture) -> str:
    note, reason = "", capture.handshake and capture.handshake.reason
    if capture.kind is Kind.NOTIFICATION:
        verdict, reason = capture.signature.verdict, capture.signature.reason or reason
        note = f"  sig {'ok' if verdict is SignatureVerdict.VALID else verdict}"
        if repeated := duplicate_note(capture):
            note += f"  {repeated}"
    if capture.lead or capture.kind is Kind.STRAY:
        reason = reason or capture.flaw
    names = (f"#{capture.id}" if capture.id else "", f"@{capture.shared.seq}" if capture.shared else "")
    line = f"{local_time(at)}   --> {sanitize(heading(capture))}  {' '.join(filter(None, names))}{note}"
    return f"{line}  {sanitize(reason)}" if reason else line


def _delivery(at: datetime, delivery: Delivery) -> str:
    status = delivery.status if delivery.status is not None else "ERR"
    error = f"  {sanitize(delivery.error)}" if delivery.error else ""
    number = f"  #{delivery.capture_id}" if delivery.capture_id else ""
    sent = f"{sanitize(delivery.method)} {sanitize(delivery.target)}{number}"
    return f"{local_time(at)}  <--  [{status}] {sent}  ({delivery.elapsed_ms:.0f} ms){error}"
