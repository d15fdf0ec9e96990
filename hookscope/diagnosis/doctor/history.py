"""The checks of past captures: handshake, Test, signatures, answers, duplicates, times, echoes, conversations, leads.

Sources: Meta's Messenger guide (200 within 5 s, by quotation), its technical FAQ (20 s), and its pages "standby" and
"Conversation Routing" (read 2026-11-30); issue threads for loops of echoes and for Lead Access Manager.
"""

from collections.abc import Iterator
from datetime import timedelta

from hookscope.diagnosis.doctor.check import Verdicts
from hookscope.diagnosis.doctor.evidence import Evidence, Unknown
from hookscope.diagnosis.doctor.journal_facts import JournalFacts, is_test
from hookscope.diagnosis.finding import Finding
from hookscope.meta.json_access import counted
from hookscope.model.capture_summary import CaptureSummary
from hookscope.model.timestamps import local_time

_SLOW_MS, _TOO_SLOW_MS = 1000.0, 5000.0
_FEW_DUPLICATES, _MANY_DUPLICATES = 3, 0.05
_LOOP_ECHOES, _LOOP_SPAN = 10, timedelta(seconds=30)
_ROUTING = "the Page's settings > Advanced messaging > Conversation routing"
_EVENT = "cause an event, such as a comment on the Page, or press Test on the Webhooks page of the App Dashboard"


def judge_handshake(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge the last verification request."""
    facts = _facts(evidence)
    last = facts.handshake
    if last is None:
        yield verdict.unknown("the last handshake", _why_none(evidence, "no handshake has come"))
    elif last.handshake_accepted:
        yield verdict.ok(f"the last handshake passed: {_at(last)}")
    else:
        yield verdict.failed(
            f"the last handshake was refused: {_at(last)}",
            last.handshake_reason,
            f"hookscope captures show {last.id}; then start the run again, with one token on both sides",
        )


def judge_test(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether a Test of the dashboard has arrived, and a real event."""
    facts = _facts(evidence)
    if facts.test is None:
        yield verdict.unknown("the dashboard's Test", _why_none(evidence, "none has come"), _EVENT)
    elif facts.real is None:
        yield verdict.warning(
            f"Tests arrive, but nothing real yet: {_at(facts.test)}",
            "a Test ignores the Page level, permissions, and the app's mode",
            "see the lines on the Page level, the tokens, and the mode; then cause a real event",
        )
    else:
        yield verdict.ok(f"the last Test: {_at(facts.test)}")


def judge_signature(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge the signatures of the newest notifications.

    A public address gets forged requests, too: one wrong signature after a right one is no proof of a wrong secret.
    """
    facts = _facts(evidence)
    if not facts.notifications:
        yield verdict.unknown("signatures", _why_none(evidence, "no notification has come"), _EVENT)
    elif facts.refused:
        last = facts.refused[0]
        judge = verdict.warning if facts.accepted and len(facts.refused) == 1 else verdict.failed
        yield judge(
            f"the signature of the last notification is {last.signature}: {_at(last)}",
            last.signature_reason or "nothing more is known about it",
            f"see what was tried: hookscope captures show {last.id}; name further secrets in HOOKSCOPE_EXTRA_SECRETS",
        )
    elif facts.accepted:
        refused = f"; refused: {facts.unsigned}, which anybody may send" if facts.unsigned else ""
        at = _at(facts.accepted)
        yield verdict.ok(f"the last notification has a valid signature: {at}{refused}{_of_the_show(facts)}")


def judge_delivery(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge the application's answer to the last forwarded notification."""
    last = _facts(evidence).delivered
    if last is None or last.outcome is None:
        yield verdict.unknown("your app's answers", _why_none(evidence, "nothing was forwarded to an app"))
    elif last.outcome.held:
        yield verdict.failed(
            f"notifications are held for your app: {_at(last)}",
            "it cannot be reached",
            "start your app; a live run then delivers the held notifications",
        )
    elif last.outcome.status in (403, 419):
        yield verdict.failed(
            f"your app refused the last notification with {last.outcome.status}: {_at(last)}",
            "usually the framework's CSRF protection, a bot filter, or your own check of the signature",
            f"exempt the route of the webhook, compare the app secret, then: hookscope replay {last.id}",
        )
    elif last.outcome.status is None or not 200 <= last.outcome.status < 300:
        test = "a Test has made-up ids, and messages in another form than real ones; "
        yield verdict.failed(
            f"your app answered the last notification with {last.outcome.status or 'nothing'}: {_at(last)}",
            f"{test if is_test(last) else ''}behind its own callback, Meta would repeat it, and unsubscribe the app "
            "if failures went on",
            f"fix your app, then: hookscope replay {last.id}",
        )
    else:
        yield verdict.ok(f"your app accepted the last notification: {_at(last)}, {last.outcome.elapsed_ms:.0f} ms")


def judge_duplicates(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge the number of repeated notifications."""
    facts = _facts(evidence)
    if not facts.notifications:
        yield verdict.unknown("duplicates", _why_none(evidence, "no notification has come"))
    elif facts.duplicates >= max(_FEW_DUPLICATES, facts.notifications * _MANY_DUPLICATES):
        yield verdict.warning(
            f"{facts.duplicates} of the last {facts.notifications} notifications are repeats",
            "Meta repeats notifications that were not answered with 200 in time",
            "see them: hookscope ls --filter is:duplicate; answer first, then work",
        )
    else:
        among = counted(facts.notifications, "notification")
        yield verdict.ok(f"duplicates among the last {among}: {facts.duplicates}{_of_the_show(facts)}")


def judge_time(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge the time it takes to answer Meta."""
    times = _facts(evidence).acknowledged_ms
    if not times:
        yield verdict.unknown("the time to answer Meta", _why_none(evidence, "no notification has come"))
        return
    late = times[min(len(times) - 1, len(times) * 95 // 100)]
    whole = f"95 % of the last {len(times)} notifications were" if len(times) > 1 else "the last notification was"
    what = f"{whole} answered within {late:.0f} ms"
    if late > _TOO_SLOW_MS:
        yield verdict.failed(
            what,
            "Messenger's guide asks for 200 within 5 s; a slower answer counts as none",
            "answer first, then work, or let hookscope answer: run without --ack app",
        )
    elif late > _SLOW_MS:
        yield verdict.warning(what, "WhatsApp expects nearly all within 1 s", "answer first, then work")
    else:
        yield verdict.ok(what)


def judge_echoes(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether a bot seems to answer its own messages."""
    if not _facts(evidence).notifications:
        yield verdict.unknown("echo loops", _why_none(evidence, "no notification has come"))
        return
    echoes = _facts(evidence).echoes
    spans = (
        newer.received_at - older.received_at for newer, older in zip(echoes, echoes[_LOOP_ECHOES - 1 :], strict=False)
    )
    if any(span <= _LOOP_SPAN for span in spans):
        yield verdict.warning(
            f"{_LOOP_ECHOES} echoes of messages came within {_LOOP_SPAN.seconds} s",
            "a bot that answers echoes answers itself endlessly",
            "skip events with message.is_echo, or drop the field message_echoes",
        )
    else:
        yield verdict.ok("no bot seems to answer itself")


def judge_conversations(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether messages come to this app, or on standby, as those of a conversation that another app owns do."""
    for topic in ("page", "instagram"):
        row = evidence.registration(topic)
        if row is None or "messages" not in row.subscription.fields:
            continue
        message, standby = (_real(evidence, f"{topic}.{name}") for name in ("messages", "standby"))
        if standby and (message is None or message.id < standby.id):
            yield verdict.warning(
                f"the last message to {topic} came on standby: {_at(standby)}",
                "another app owns that conversation; this one gets it as `standby` instead of `messaging`, and "
                "postbacks without their payload",
                f"have the Page's owner make this app the default: {_ROUTING}",
            )
        elif message:
            yield verdict.ok(f"messages to {topic} come to this app: {_at(message)}")
        else:
            yield verdict.unknown(
                f"whether messages to {topic} come to this app",
                _why_none(evidence, "none has come; another app may own the conversations"),
                f"see whose they are in {_ROUTING}; subscribing to standby shows them as well",
            )


def judge_leads(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Give hints where leads are subscribed to but only Tests of them arrive."""
    row = evidence.registration("page")
    if row is None or "leadgen" not in row.subscription.fields:
        return
    if last := _real(evidence, "page.leadgen"):
        yield verdict.ok(f"leads come: {_at(last)}")
        return
    yield verdict.unknown(
        "only Tests of leads have arrived" if "page.leadgen" in _facts(evidence).by_field else "no lead has come yet",
        "the Graph API does not report whether Lead Access Manager lets the app read leads",
        "add the app in Business settings > Integrations > Leads Access, and try the Lead Ads Testing Tool; the app "
        "must be Live, with leads_retrieval",
    )


def _real(evidence: Evidence, field: str) -> CaptureSummary | None:
    """Return the last capture of a field that is no Test."""
    last = _facts(evidence).by_field.get(field)
    return None if last is None or is_test(last) else last


def _of_the_show(facts: JournalFacts) -> str:
    return f"; forged ones and repeats that are part of the sandbox's show: {facts.played}" if facts.played else ""


def _facts(evidence: Evidence) -> JournalFacts:
    return JournalFacts() if isinstance(evidence.facts, Unknown) else evidence.facts


def _why_none(evidence: Evidence, otherwise: str) -> str:
    return evidence.facts.why if isinstance(evidence.facts, Unknown) else otherwise


def _at(capture: CaptureSummary) -> str:
    return f"#{capture.id} at {local_time(capture.received_at)}"
