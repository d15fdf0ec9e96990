"""The checks of the app itself: its id and secret, the version of the Graph API, its mode."""

from collections.abc import Iterator

from hookscope.diagnosis.doctor.check import Verdicts
from hookscope.diagnosis.doctor.evidence import Evidence, Unknown
from hookscope.diagnosis.finding import Finding
from hookscope.model.timestamps import local_time


def judge_credentials(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether Meta accepts the app's id and secret."""
    yield verdict.about(evidence.graph, f"app {evidence.app_id}")


def judge_version(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether the Graph API answers in the version that is asked for."""
    asked, served = evidence.graph_version, evidence.served_version
    if isinstance(evidence.registered, Unknown):
        yield verdict.unknown(f"version {asked} of the Graph API", evidence.registered.why)
    elif served in (None, asked):
        yield verdict.ok(f"the Graph API answers with version {asked}")
    else:
        yield verdict.warning(
            f"the Graph API answers with version {served} instead of {asked}",
            "that version is retired or not released yet",
            f"set HOOKSCOPE_GRAPH_VERSION={served}",
        )


def judge_mode(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether the app is Live, as far as that shows.

    Sources: Meta's pages "Webhooks for Instagram Messaging" (mode and access level) and "Setup Webhooks Subscriptions"
    of the Instagram Platform; a note of the App Dashboard, that an unpublished app gets Tests alone (read 2026-11-30).
    Some say that WhatsApp's test numbers are an exception.
    """
    facts = evidence.facts
    if not isinstance(facts, Unknown) and facts.real:
        yield verdict.ok(f"real notifications arrive: #{facts.real.id} at {local_time(facts.real.received_at)}")
        return
    yield verdict.unknown(
        "the app's mode, Live or Development",
        "the Graph API does not report it; in Development, which the App Dashboard calls unpublished, only people with "
        "a role on the app cause events, Instagram sends none, and WhatsApp perhaps none but Tests; a Live app, too, "
        "needs Advanced Access for the events of other people",
        "look at Publish in the App Dashboard, or cause an event of a Page as somebody with a role",
    )
