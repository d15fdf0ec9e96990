"""The checks of the access tokens that this process was given: validity, app, kind, permissions, and expiry.

Sources: Meta's reference of `/debug_token`; its guides on Page, lead and WhatsApp webhooks for the permissions.
"""

from collections.abc import Iterator
from datetime import timedelta

from hookscope.diagnosis.doctor.check import Verdicts
from hookscope.diagnosis.doctor.evidence import Evidence, GivenToken, Unknown
from hookscope.diagnosis.finding import Finding
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.graph_codes import EXPLORER
from hookscope.meta.token_info import TokenInfo
from hookscope.model.timestamps import local_time

_SOON = timedelta(days=7)
_BASE_SCOPES = {"page": "pages_manage_metadata", WHATSAPP: "whatsapp_business_management"}
_FIELD_SCOPES = {"leadgen": "leads_retrieval"}


def judge_validity(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each token is still valid."""
    if isinstance(evidence.tokens, Unknown):
        yield verdict.unknown("Page and user tokens", evidence.tokens.why)
        return
    if not evidence.tokens:
        yield verdict.unknown(
            "Page and user tokens",
            "none was given; without one, the Page and WhatsApp levels cannot be checked",
            "set HOOKSCOPE_PAGE_TOKEN or HOOKSCOPE_USER_TOKEN",
        )
    for token in evidence.tokens:
        if isinstance(token.info, Unknown):
            yield verdict.unknown(token.variable, token.info.why, token.info.hint)
        elif token.info.is_valid:
            yield verdict.ok(f"{token.variable} is valid")
        else:
            yield verdict.failed(f"{token.variable} is not valid", token.info.reason, _renew(token))


def judge_app(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each token was made for this app."""
    for token, info in _valid(evidence):
        if info.app_id == evidence.app_id:
            yield verdict.ok(f"{token.variable} is for this app")
        else:
            name = f" ({info.application})" if info.application else ""
            yield verdict.failed(
                f"{token.variable} is for app {info.app_id}{name}, not for {evidence.app_id}",
                "a token works only for its own app",
                f"choose app {evidence.app_id} at {EXPLORER}, and set {token.variable} to the new token",
            )


def judge_kind(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each token is of the kind that its variable holds."""
    for token, info in _valid(evidence):
        if token.accepts(info.kind):
            yield verdict.ok(f"{token.variable} is a {info.kind} token")
        else:
            yield verdict.failed(
                f"{token.variable} is a {info.kind or 'nameless'} token instead of a {token.expected} token",
                None,
                f"set HOOKSCOPE_{info.kind}_TOKEN to it instead"
                if info.kind in ("USER", "PAGE")
                else f"get a {token.expected} token at {EXPLORER}, and set {token.variable} to it",
            )


def judge_scopes(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each token has the permissions that the subscribed fields need."""
    for token, info in _valid(evidence):
        needed = _needed(evidence, token)
        missing = [scope for scope in needed if scope not in info.scopes]
        if missing:
            yield verdict.failed(
                f"{token.variable} lacks {', '.join(missing)}",
                "; ".join(f"{scope} is needed for {needed[scope]}" for scope in missing),
                f"add {', '.join(missing)} at {EXPLORER}, and set {token.variable} to the new token",
            )
        elif needed:
            yield verdict.ok(f"{token.variable} has {', '.join(needed)}")


def judge_expiry(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether a token ends soon."""
    for token, info in _valid(evidence):
        ends = [end for end in (info.expires_at, info.data_access_expires_at) if end]
        if not ends:
            yield verdict.ok(f"{token.variable} does not expire")
        elif min(ends) - evidence.at < _SOON:
            yield verdict.warning(
                f"{token.variable} ends at {local_time(min(ends))}",
                "after that, it can neither read nor install anything",
                _renew(token),
            )
        else:
            yield verdict.ok(f"{token.variable} is good until {local_time(min(ends))}")


def _needed(evidence: Evidence, token: GivenToken) -> dict[str, str]:
    """Return the permissions that a token needs for the app's subscriptions, each with what it is for.

    No call on a WhatsApp account is made with a Page's token.
    """
    if isinstance(evidence.registered, Unknown):
        return {}
    needed: dict[str, str] = {}
    for row in evidence.registered:
        topic = row.subscription.object
        if topic == WHATSAPP and token.expected == "PAGE":
            continue
        if topic in _BASE_SCOPES:
            needed.setdefault(_BASE_SCOPES[topic], f"installing the app for {topic}")
        if topic == "page":
            for name in row.subscription.fields:
                scope = "pages_messaging" if name.startswith("messag") else _FIELD_SCOPES.get(name)
                if scope:
                    needed.setdefault(scope, name)
    return needed


def _valid(evidence: Evidence) -> Iterator[tuple[GivenToken, TokenInfo]]:
    for token in () if isinstance(evidence.tokens, Unknown) else evidence.tokens:
        if not isinstance(token.info, Unknown) and token.info.is_valid:
            yield token, token.info


def _renew(token: GivenToken) -> str:
    return f"get a new {token.expected} token at {EXPLORER}, and set {token.variable} to it"
