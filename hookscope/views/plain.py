"""The event stream as lines of text: one a delivery, with the arrows that users of other tools know.

Works on the stream's objects, so that a run and an attached reader share it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from hookscope.views.safe import safe


def plain_lines(value: Mapping[str, Any]) -> list[str]:
    """The lines on stdout for one object of the stream; none for what is not a delivery."""
    match value["type"]:
        case "capture":
            return _capture(value)
        case "delivery":
            return [_delivery(value)]
        case "plan":
            return [safe(value["summary"])]
        case "gap":
            return [f"{_clock(value)}   --- #{value['first_id']} to #{value['last_id']} not shown: see `hookscope ls`"]
        case _:
            return []


def progress_line(value: Mapping[str, Any]) -> str | None:
    """The line on stderr for one object of the stream that is no delivery; None when there is nothing to say."""
    match value["type"]:
        case "receiver.listening":
            text = f"receiver   listening on {value['url']}"
        case "tunnel.up":
            text = f"tunnel     {value['provider']} up: {value['public_url']}"
        case "tunnel.down":
            text = f"tunnel     {value['provider']} DOWN: {value['reason']}"
        case "probe" if value["ok"]:
            text = f"probe      the public URL leads here ({value['elapsed_ms']:.0f} ms)"
        case "probe":
            text = f"probe      FAILED: {value['diagnosis']}"
        case "subscription.active":
            text = f"registered {value['object']}: {', '.join(value['fields'])} → {value['callback_url']}"
            if displaced := value["displaced"]:
                text += f" (in place of {displaced['callback_url']})"
        case "subscription.restored" | "subscription.removed" | "subscription.left" | "subscription.kept":
            ending = value["type"].partition(".")[2]
            text = f"{ending:<10} {value['object']}: {value['reason']}"
        case "notice":
            hint = f" ({value['hint']})" if value["hint"] else ""
            text = f"{value['level']:<10} {value['message']}{hint}"
        case _:
            return None
    return safe(text)


def heading(value: Mapping[str, Any]) -> str:
    """A capture in a few words: `page.feed  comment add`, `handshake  accepted`, `stray  GET /favicon.ico`."""
    if value["kind"] == "handshake":
        return f"handshake  {value['handshake']['verdict']}"
    if value["kind"] == "stray":
        return f"stray  {value['request']['method']} {value['request']['target']}"
    events = value["events"]
    if not events:
        return f"notification  {value['problem'] or 'without events'}"
    more = f" (+{len(events) - 1})" if len(events) > 1 else ""
    return f"{events[0]['object']}.{events[0]['field']}  {events[0]['action']}{more}"


def _capture(value: Mapping[str, Any]) -> list[str]:
    note = ""
    if value["kind"] == "notification":
        verdict = value["signature"]["verdict"]
        note = f"  sig {'ok' if verdict == 'valid' else verdict}"
        if value["duplicate_of"]:
            note += f"  duplicate of #{value['duplicate_of']}"
    lines = [f"{_clock(value)}   --> {safe(heading(value))}  #{value['id']}{note}"]
    reasons = (value["signature"]["reason"] if note else None, (value["handshake"] or {}).get("reason"))
    if reason := next(filter(None, reasons), None):
        lines.append(f"{' ' * 19}       {safe(reason)}")
    return lines


def _delivery(value: Mapping[str, Any]) -> str:
    status = value["status"] if value["status"] is not None else "ERR"
    error = f"  {safe(value['error'])}" if value["error"] else ""
    number = f"  #{value['capture_id']}" if value["capture_id"] else ""
    sent = f"{safe(value['method'])} {safe(value['target'])}{number}"
    return f"{_clock(value)}  <--  [{status}] {sent}  ({value['elapsed_ms']:.0f} ms){error}"


def _clock(value: Mapping[str, Any]) -> str:
    return _local(value["at"].partition(".")[0])


@lru_cache(maxsize=1)
def _local(second: str) -> str:
    """A second of UTC on the clock here: worked out once for all that comes within it."""
    at = datetime.fromisoformat(second).replace(tzinfo=UTC)
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
