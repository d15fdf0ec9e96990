"""Checks of HTTP itself: user agents, connections, and the time to answer under load.

Sources: public captures (the two user agents of notifications), Meta's Messenger documents (an answer within 5 s), and
WhatsApp's (median of 250 ms, under 1 % above 1 s).
"""

import asyncio
import statistics

from hookscope.diagnosis.endpoint.check import (
    ACKNOWLEDGE_FIRST,
    REPEATS,
    EndpointCheck,
    Subject,
    Verdict,
    failed,
    fix_for,
    passed,
    unknown,
    warned,
)
from hookscope.diagnosis.endpoint.notifications import with_headers
from hookscope.diagnosis.endpoint.payload_checks import ACCEPTED
from hookscope.meta.json_access import counted
from hookscope.meta.signature import SHA1_HEADER, SHA256_HEADER

_USER_AGENTS = ("facebookexternalua", "Webhooks/1.0 (https://fb.me/webhooks)")
_IN_A_ROW = 5
_KEPT = "http.keep-alive"
_GOAL_MS = 250


async def _check_user_agents(subject: Subject) -> Verdict:
    for name in _USER_AGENTS:
        found = await subject.client.post(with_headers(subject.notifications.request(), {"User-Agent": name}))
        if not found.is_accepted:
            next_step = "do not judge by the user agent: Meta uses several, and only the signature proves the sender"
            return failed(f"the user agent {name!r}: {found.summary}", REPEATS, next_step)
    return passed("both of Meta's user agents are accepted")


async def _check_keep_alive(subject: Subject) -> Verdict:
    requests = [subject.notifications.request() for _ in range(_IN_A_ROW)]
    found = await subject.client.post_on_one_connection(requests)
    for number, trip in enumerate(found, 1):
        if not trip.is_accepted:
            why = f"the connection was kept open and failed with the next notification; {REPEATS}"
            return failed(f"notification {number} on one connection: {trip.summary}", why, _read_whole())
    if len(found) < _IN_A_ROW:
        why = "each notification costs a connection, with TLS; Meta sends in bursts"
        what = f"it closes the connection after {counted(len(found), 'notification')}"
        return warned(what, why, "let connections stay open (keep-alive)")
    return passed("a connection accepts several notifications")


async def _check_refusal_on_connection(subject: Subject) -> Verdict:
    long = subject.notifications.request(subject.notifications.with_text("x" * (256 << 10)))
    forged = with_headers(long, {SHA256_HEADER: f"sha256={'0' * 64}", SHA1_HEADER: None})
    found = await subject.client.post_on_one_connection([forged, subject.notifications.request()])
    if len(found) < 2:
        return passed("a connection ends with a refused body")
    if not found[1].is_accepted:
        why = f"the rest of a refused body is read as the next request; {REPEATS}"
        return failed(f"a notification after a refused one: {found[1].summary}", why, _read_whole())
    return passed("a notification after a refused one is accepted")


async def _check_load(subject: Subject) -> Verdict:
    limits = subject.client.limits
    each = limits.load_requests // limits.load_connections
    batches = [[subject.notifications.request() for _ in range(each)] for _ in range(limits.load_connections)]
    found = [trip for part in await asyncio.gather(*map(subject.client.post_in_turn, batches)) for trip in part]
    wrong = [trip for trip in found if not trip.is_accepted]
    load = f"{len(found)} notifications, {limits.load_connections} at a time"
    if wrong:
        return failed(
            f"{load}: {len(wrong)} not accepted, the first with {wrong[0].summary}", REPEATS, fix_for(wrong[0])
        )
    times = sorted(trip.elapsed_ms for trip in found)
    timing = f"{load}: median {statistics.median(times):.0f} ms, slowest {times[-1]:.0f} ms"
    if times[-1] > limits.slow * 1000:
        why = (
            f"Meta's Messenger documents ask for an answer within {limits.slow:g} s, and repeat what is answered later"
        )
        return failed(timing, why, ACKNOWLEDGE_FIRST)
    if statistics.median(times) > _GOAL_MS:
        return warned(timing, f"WhatsApp's goal is a median of {_GOAL_MS} ms", ACKNOWLEDGE_FIRST)
    return passed(timing)


async def _check_cookies(subject: Subject) -> Verdict:
    """Look at the answers so far: nothing more is sent."""
    answers = [trip for trip in subject.client.round_trips if trip.request.method == "POST" and trip.is_accepted]
    sessions = [trip for trip in answers if trip.header("Set-Cookie")]
    if not answers:
        return unknown("the answers to notifications", "no notification was accepted")
    if sessions:
        why = "Meta keeps no cookies: each notification creates a session that is never used again"
        return warned("answers to notifications set cookies", why, "disable sessions on the callback path")
    return passed("answers set no cookies")


def _read_whole() -> str:
    return "read every body to its end, or close the connection with the answer"


TRANSPORT_CHECKS = tuple(
    EndpointCheck(id=f"http.{name}", title=title, run=run, after=(ACCEPTED, *after))
    for name, title, run, after in (
        ("user-agent", "Meta's user agents", _check_user_agents, ()),
        ("keep-alive", "Several notifications on a connection", _check_keep_alive, ()),
        ("refused-body", "A notification after a refused one", _check_refusal_on_connection, (_KEPT,)),
        ("load", "Answer time under load", _check_load, (_KEPT,)),
        ("cookies", "Answers without cookies", _check_cookies, ()),
    )
)
