"""Checks of the notifications themselves: their sizes, their shapes, and what is new in them.

Sources: Meta's guide "Webhooks: Get started" (batches of up to 1000, include_values, duplicates), WhatsApp's overview
of webhooks (bodies of up to 3 MB), the Messenger events reference, and public captures (dashboard tests).
"""

from collections.abc import Iterator
from typing import Any

from hookscope.diagnosis.endpoint.check import (
    ACKNOWLEDGE_FIRST,
    RAISE_LIMIT,
    REPEATS,
    EndpointCheck,
    Subject,
    Verdict,
    failed,
    fix_for,
    judge_acceptance,
    passed,
    unknown,
    warned,
)
from hookscope.meta import wire
from hookscope.samples.catalog import sample_of
from hookscope.samples.payload_builder import Shape

ACCEPTED = "notification.accepted"
_BATCH = 1000
_LARGE = 3_000_000
_SPARE = 100
"""Bytes by which a notification may be longer than the one before: it has other names in it."""

_TOLERATE = "answer 200 even to what the app has no use for: Meta adds fields, keys, and events at any time"
_READ_WHOLE = (
    "see whether the app reads all of the body, since it accepts the signatures of short ones; PHP reads nothing of a "
    "long one if it cannot write to its temporary folder"
)
_WITH_MESSAGING = ("page", "instagram")


async def _check_accepted(subject: Subject) -> Verdict:
    found = await subject.client.post(subject.notifications.request())
    what = f"a {subject.notifications.sample.name} notification"
    if found.is_refused and subject.secret:
        return unknown(f"{what}: {found.summary}", "it is refused as if its signature were wrong; see signature.valid")
    if found.is_refused:
        why = "unsigned notifications are refused, as they should be, and no app secret is known"
        return unknown(f"{what}, unsigned: {found.summary}", why, "set HOOKSCOPE_APP_SECRET, or give --app-secret-file")
    if found.is_accepted and found.elapsed_ms > subject.client.limits.slow * 1000:
        case = f"{what}: answered {found.status} after {found.elapsed_ms / 1000:.1f} s"
        why = (
            f"Meta's Messenger documents ask for an answer within {subject.client.limits.slow:g} s, and repeat the rest"
        )
        return failed(case, why, ACKNOWLEDGE_FIRST)
    next_step = f"{fix_for(found)}; if the app takes other events, name one: --event page.messages"
    return judge_acceptance(found, what, next_step=next_step)


async def _check_dashboard_test(subject: Subject) -> Verdict:
    payload = subject.notifications.payload(Shape(is_test=True))
    found = await subject.client.post(subject.notifications.request(payload))
    next_step = 'tolerate id "0", made-up ids, and messages as a change: the dashboard\'s Test button sends these'
    return judge_acceptance(found, "a test from the dashboard", next_step=next_step)


async def _check_batch(subject: Subject) -> Verdict:
    request = subject.notifications.request(subject.notifications.payload(Shape(batch=_BATCH)))
    found = await subject.client.post(request)
    return judge_acceptance(found, f"a batch of {_BATCH} updates", next_step=_READ_WHOLE if found.is_refused else None)


async def _check_large(subject: Subject) -> Verdict:
    empty = len(wire.encode(subject.notifications.with_text("")))
    room = _LARGE - empty - _SPARE
    payload = subject.notifications.with_text("0123456789" * (room // 10))
    found = await subject.client.post(subject.notifications.request(payload))
    next_step = _READ_WHOLE if found.is_refused else None
    if found.status == 400:  # Django refuses a body by its size so.
        next_step = RAISE_LIMIT
    return judge_acceptance(found, "a body of 3 MB", next_step=next_step)


async def _check_unknown_field(subject: Subject) -> Verdict:
    change = {"field": "brand_new_field", "value": {"verb": "update", "brand_new": {"list": [1, None, "x"]}}}
    payload = _of_change(subject.notifications.sample.object, change)
    found = await subject.client.post(subject.notifications.request(payload))
    if not found.is_accepted:
        return failed(f"an unknown field: {found.summary}", REPEATS, _TOLERATE)
    found = await subject.client.post(subject.notifications.request(_with_new_keys(subject.notifications.payload())))
    if not found.is_accepted:
        return failed(f"unknown keys: {found.summary}", REPEATS, _TOLERATE)
    return passed("unknown fields and keys do no harm")


async def _check_unknown_object(subject: Subject) -> Verdict:
    payload = _of_change("brand_new_object", {"field": "brand_new_field", "value": {"id": "1"}})
    found = await subject.client.post(subject.notifications.request(payload))
    if found.is_accepted:
        return passed("an unknown object does no harm")
    if found.status is None or found.status >= 500:
        return failed(
            f"an unknown object: {found.summary}", f"once the app subscribes to one more: {REPEATS}", _TOLERATE
        )
    why = "harmless as long as the app is subscribed to no other object; once it is, Meta counts failures"
    return warned(f"an unknown object: {found.summary}", why, "answer 200 to every object")


async def _check_shapes(subject: Subject) -> Verdict:
    topic, field = subject.notifications.sample.object, subject.notifications.sample.field
    usual = subject.notifications.payload()
    shapes = [("`entry` before `object`", dict(reversed(usual.items()))), *_further_shapes(usual)]
    for case, payload in shapes:
        found = await subject.client.post(subject.notifications.request(payload))
        if not found.is_accepted:
            next_step = "check whether a key is there and which type it has; do not rely on the order of keys"
            return failed(f"{case}: {found.summary}", REPEATS, next_step)
    named = {"object": topic, "entry": [{"id": "1234567890", "time": 1700000000, "changed_fields": [field]}]}
    found = await subject.client.post(subject.notifications.request(named))
    if not found.is_accepted:
        why = "Meta sends these instead of `changes` when the subscription is made without include_values"
        return warned(f"`changed_fields`: {found.summary}", why, "subscribe with include_values, or accept them too")
    return passed("the other shapes are accepted")


def _further_shapes(usual: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the shapes of the object that captures show besides the usual one."""
    if usual.get("object") == "page":
        numbered = [{**entry, "id": int(entry["id"])} for entry in usual["entry"]]
        yield "an id that is a number", {**usual, "entry": numbered}
        yield "a change without a value", _of_change("page", {"field": "parking"})
    if usual.get("object") == "user":
        yield "a value that is a string", _of_change("user", {"field": "email", "value": "a"})
        yield "a verb next to the field", _of_change("user", {"field": "likes", "verb": "add", "value": {"id": 1}})


def _of_change(topic: str, change: dict[str, Any]) -> dict[str, Any]:
    return {"object": topic, "entry": [{"id": "1234567890", "time": 1700000000, "changes": [change]}]}


async def _check_messaging(subject: Subject) -> Verdict:
    topic = subject.notifications.sample.object
    if topic not in _WITH_MESSAGING:
        return unknown("messages next to changes", f"{topic} has no messaging events")
    changed = subject.notifications.payload(sample=sample_of(topic, "feed" if topic == "page" else "comments"))
    said = subject.notifications.payload(sample=sample_of(topic, "messages"))
    entries = [*changed["entry"], *said["entry"], {**said["entry"][0], **changed["entry"][0]}]
    standby = {key: value for key, value in said["entry"][0].items() if key != "messaging"}
    entries.append({**standby, "standby": said["entry"][0].get("messaging", [])})
    found = await subject.client.post(subject.notifications.request({"object": topic, "entry": entries}))
    next_step = "walk through `changes`, `messaging`, and `standby` of every entry, where present"
    return judge_acceptance(found, "`messaging` next to `changes`", next_step=next_step)


async def _check_duplicate(subject: Subject) -> Verdict:
    payload = subject.notifications.payload()
    body = wire.encode(payload)
    later = wire.encode({**payload, "entry": [_later(entry) for entry in payload.get("entry", [])]})
    for case, sent in (("the first time", body), ("again", body), ("again, at another time", later)):
        found = await subject.client.post(subject.notifications.request(body=sent))
        if not found.is_accepted:
            next_step = "answer 200 to an event that was seen before, and do nothing else"
            return failed(f"the same notification {case}: {found.summary}", REPEATS, next_step)
    return passed("a duplicate is acknowledged, too")


def _with_new_keys(payload: dict[str, Any]) -> dict[str, Any]:
    entries = [{**entry, "brand_new": {"id": "1"}} for entry in payload.get("entry", [])]
    return {**payload, **({"entry": entries} if entries else {}), "brand_new": [1]}


def _later(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "time": entry["time"] + 60} if isinstance(entry.get("time"), int) else entry


PAYLOAD_CHECKS = (
    EndpointCheck(id=ACCEPTED, title="A notification is answered 200", run=_check_accepted),
    *(
        EndpointCheck(id=f"payload.{name}", title=title, run=run, after=(ACCEPTED, *after))
        for name, title, run, after in (
            ("dashboard-test", "The dashboard's Test button", _check_dashboard_test, ()),
            ("batch", "A batch of 1000 updates", _check_batch, ()),
            ("large", "A body of 3 MB", _check_large, ("payload.batch",)),
            ("unknown-field", "Unknown fields and keys", _check_unknown_field, ()),
            ("unknown-object", "An unknown object", _check_unknown_object, ()),
            ("shapes", "Other shapes that Meta sends", _check_shapes, ()),
            ("messaging", "Messages next to changes", _check_messaging, ()),
            ("duplicate", "A duplicate", _check_duplicate, ()),
        )
    ),
)
