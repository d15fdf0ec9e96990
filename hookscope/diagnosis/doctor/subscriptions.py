"""The checks of the app's subscriptions: existence, state, owner and answer of the callback, fields, and versions."""

import shlex
from collections.abc import Iterator

from msgspec.structs import replace

from hookscope.diagnosis.doctor.check import Verdicts
from hookscope.diagnosis.doctor.evidence import Evidence, RegisteredSubscription, Unknown
from hookscope.diagnosis.finding import Finding
from hookscope.graph.holders import keeper
from hookscope.meta.catalog import DEFAULT_FIELDS, FIELDS, question_fields
from hookscope.meta.field_list import list_fields
from hookscope.sandbox.demo import DEMO_FIELDS


def judge_existence(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether the app has a subscription for each object that is wanted."""
    if isinstance(evidence.registered, Unknown):
        yield verdict.unknown("the app's subscriptions", evidence.registered.why)
        return
    wanted = tuple(evidence.wanted) or (() if evidence.registered else ("page",))
    for topic in wanted:
        if evidence.registration(topic) is None:
            yield verdict.failed(
                f"the app has no subscription to {topic}",
                "Meta sends nothing for it",
                _run(evidence, topic, evidence.wanted.get(topic) or _typical_fields(topic)),
            )
    for row in evidence.registered:
        yield verdict.ok(f"the app has a subscription to {row.subscription.object}")


def judge_activity(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether Meta has switched a subscription off."""
    for row in _rows(evidence):
        topic = row.subscription.object
        if row.subscription.active:
            yield verdict.ok(f"{topic} is active")
        else:
            again = _run(evidence, topic, () if row.subscription.fields else _typical_fields(topic))
            yield verdict.failed(
                f"{topic} is inactive",
                "its callback failed for too long, or somebody switched it off",
                f"start the run again, which activates it: {again}; a Page may have to install the app again",
            )


def judge_owner(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each callback belongs to a run on this machine."""
    for row in _rows(evidence):
        topic, url = row.subscription.object, row.subscription.callback_url
        entry = evidence.entries.get(topic)
        if entry is None:
            yield verdict.unknown(
                f"{topic} goes to {url}",
                "no run on this machine registered that; it may be production's or a colleague's",
            )
        elif entry.holder in evidence.live and entry.owns(row.subscription):
            yield verdict.ok(f"{topic} goes to the live run on this machine")
        elif entry.holder in evidence.live:
            yield verdict.failed(
                f"{topic} goes to {url} instead of the live run on this machine",
                "somebody else registered that since: an app has one callback for each object",
                "find out who works on the app, or use a test app of your own; then start the run again",
            )
        elif entry.stays and entry.owns(row.subscription):
            yield verdict.ok(f"{topic} goes to {url}, which {keeper(entry)} left in place")
        elif entry.owns(row.subscription):
            yield verdict.fixable(
                f"{topic} still goes to {url}, which an earlier run registered",
                "that run ended without putting it back",
                entry.teardown,
            )
        else:
            yield verdict.ok(f"{topic} goes to {url} and no longer to an earlier run on this machine")


def judge_answer(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each callback answers."""
    for row in _rows(evidence):
        topic, url = row.subscription.object, row.subscription.callback_url
        if url not in evidence.callbacks:
            continue
        finding, entry = verdict.about(evidence.callbacks[url], url), evidence.entries.get(topic)
        is_left = entry and not entry.stays and entry.holder not in evidence.live and entry.owns(row.subscription)
        if finding.failed and is_left:
            continue  # Its run has ended, as the line on the owner says.
        if finding.failed and entry is None:
            remove = f"hookscope subscriptions remove --app-id {evidence.app_id} --object {topic}"
            finding = replace(finding, next_step=f"{finding.next_step}; or, if nobody needs that callback: {remove}")
        yield finding


def judge_url(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether the URL that the user named answers."""
    if evidence.url:
        yield evidence.url


def judge_fields(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each subscription has the fields that are wanted."""
    for row in _rows(evidence):
        topic, fields = row.subscription.object, row.subscription.fields
        wanted = evidence.wanted.get(topic, ())
        missing = [name for name in wanted if name not in fields]
        if not fields or missing:
            yield verdict.failed(
                f"{topic} lacks {list_fields(missing)}" if missing else f"{topic} has no fields",
                "; ".join(("Meta sends only what the app has subscribed to", *question_fields(topic, missing))),
                _run(evidence, topic, tuple(missing) or _typical_fields(topic)),
            )
        else:
            yield verdict.ok(f"{topic} has {list_fields(fields)}")


def judge_versions(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether fields come in the version of the Graph API that is asked for."""
    for row in _rows(evidence):
        topic = row.subscription.object
        other = {name: found for name, found in row.versions.items() if found != evidence.graph_version}
        if other:
            shown = ", ".join(f"{name} in {found}" for name, found in other.items())
            yield verdict.warning(
                f"{topic} comes with another version than {evidence.graph_version}: {shown}",
                "a field keeps the version, and with it the shape of values, that it was subscribed with",
                f"subscribe again: {_run(evidence, topic, ())}",
            )
        elif row.versions:
            yield verdict.ok(f"{topic} comes in {evidence.graph_version}")


def _run(evidence: Evidence, topic: str, fields: tuple[str, ...]) -> str:
    """Return the command that subscribes the app to fields of an object, by default to those that it has already."""
    chosen = ("--fields", ",".join(fields)) if fields else ()
    return shlex.join(("hookscope", "run", "--app-id", evidence.app_id, "--object", topic, *chosen))


def _typical_fields(topic: str) -> tuple[str, ...]:
    """Return fields to begin with: a run asks for some where the app has none."""
    return DEFAULT_FIELDS.get(topic) or DEMO_FIELDS.get(topic) or tuple(sorted(FIELDS.get(topic, ()))[:1])


def _rows(evidence: Evidence) -> tuple[RegisteredSubscription, ...]:
    """Return the subscriptions to judge: the wanted ones, or all."""
    if isinstance(evidence.registered, Unknown):
        return ()
    if not evidence.wanted:
        return evidence.registered
    return tuple(row for row in evidence.registered if row.subscription.object in evidence.wanted)
