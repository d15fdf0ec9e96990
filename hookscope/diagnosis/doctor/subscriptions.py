"""The checks of the app's subscriptions: existence, state, owner and answer of the callback, fields, and versions."""

from collections.abc import Iterator

from msgspec.structs import replace

from hookscope.diagnosis.doctor.check import Verdicts
from hookscope.diagnosis.doctor.evidence import Evidence, RegisteredSubscription, Unknown
from hookscope.diagnosis.finding import Finding
from hookscope.graph.holders import keeper
from hookscope.meta.catalog import question_fields
from hookscope.meta.field_list import list_fields


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
                f"hookscope run --app-id {evidence.app_id} --object {topic}",
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
            yield verdict.failed(
                f"{topic} is inactive",
                "its callback failed for too long, or somebody switched it off",
                f"start the run again, which activates it: hookscope run --app-id {evidence.app_id} --object {topic}; "
                "a Page may have to install the app again",
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
            add = ",".join(missing) or "feed"
            yield verdict.failed(
                f"{topic} lacks {list_fields(missing)}" if missing else f"{topic} has no fields",
                "; ".join(("Meta sends only what the app has subscribed to", *question_fields(topic, missing))),
                f"hookscope run --app-id {evidence.app_id} --object {topic} --fields {add}",
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
                f"subscribe again: hookscope run --app-id {evidence.app_id} --object {topic}",
            )
        elif row.versions:
            yield verdict.ok(f"{topic} comes in {evidence.graph_version}")


def _rows(evidence: Evidence) -> tuple[RegisteredSubscription, ...]:
    """Return the subscriptions to judge: the wanted ones, or all."""
    if isinstance(evidence.registered, Unknown):
        return ()
    if not evidence.wanted:
        return evidence.registered
    return tuple(row for row in evidence.registered if row.subscription.object in evidence.wanted)
