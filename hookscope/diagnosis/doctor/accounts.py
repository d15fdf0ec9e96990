"""The checks of Pages, WhatsApp accounts, and Instagram accounts, which must have the app installed.

Sources: Meta's guide "Webhooks for Pages" and its reference of `subscribed_apps` (a field must be on at both levels);
its guide "Webhook overrides" for WhatsApp (updated 2026-06-28); its Instagram guide for the accounts that cannot be
read here.
"""

import shlex
from collections.abc import Iterator

from hookscope.diagnosis.doctor.check import Verdicts
from hookscope.diagnosis.doctor.evidence import UNOPENED, CheckedAccount, Evidence, Unknown
from hookscope.diagnosis.finding import Finding
from hookscope.graph.holders import keeper
from hookscope.meta.catalog import DEFAULT_FIELDS, WHATSAPP
from hookscope.meta.field_list import list_fields
from hookscope.meta.subscribed_app import SubscribedApp
from hookscope.meta.subscription import same_callback

_BOTH_LEVELS = "Meta sends only what app and account have both subscribed to; the Test button ignores the account"

_SWITCH = "Settings > Messages and story replies > Message controls > Connected tools"


def judge_page(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each Page has installed the app."""
    found = list(_of_app(evidence, "page", evidence.pages, verdict, "Pages"))
    is_enough = not evidence.page_ids and any(isinstance(installed, SubscribedApp) for _, installed in found)
    for account, installed in found:
        what = f"Page {account.id} ({account.name}) has not installed the app"
        if isinstance(installed, Finding):
            yield installed
        elif installed is None and is_enough:
            command = shlex.join(("hookscope", *_install(account, evidence)))
            yield verdict.unknown(what, "another Page has installed it; this may be intended", command)
        elif installed is None:
            yield verdict.fixable(what, _BOTH_LEVELS, _install(account, evidence))
        else:
            yield verdict.ok(f"Page {account.id} ({account.name}) has installed the app")


def judge_page_fields(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each Page has installed the app with all subscribed fields."""
    row = evidence.registration("page")
    for account, installed in _of_app(evidence, "page", evidence.pages, verdict, "Pages"):
        if isinstance(installed, Finding) or installed is None or row is None:
            continue
        missing = [name for name in row.subscription.fields if name not in installed.fields]
        if missing:
            yield verdict.fixable(
                f"Page {account.id} ({account.name}) has not installed the app with {list_fields(missing)}",
                _BOTH_LEVELS,
                _install(account, evidence),
            )
        else:
            yield verdict.ok(f"Page {account.id} ({account.name}) has installed the app with every field")


def judge_whatsapp(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether each WhatsApp account has installed the app."""
    for account, installed in _of_app(evidence, WHATSAPP, evidence.whatsapp, verdict, "WhatsApp accounts"):
        if isinstance(installed, Finding):
            yield installed
        elif installed is None:
            yield verdict.failed(
                f"WhatsApp account {account.id} has not installed the app",
                "each account must install it, in addition to the app's own subscription",
                f"hookscope run --app-id {evidence.app_id} --object {WHATSAPP} --scope waba:{account.id}",
            )
        else:
            yield verdict.ok(f"WhatsApp account {account.id} has installed the app")


def judge_override(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether a WhatsApp account sends its events to a callback of its own."""
    row = evidence.registration(WHATSAPP)
    for account, installed in _of_app(evidence, WHATSAPP, evidence.whatsapp, verdict, "WhatsApp accounts"):
        if isinstance(installed, Finding) or installed is None or row is None:
            continue
        override, url = installed.override_url, row.subscription.callback_url
        ours = [entry for entry in evidence.installations if entry.owns(installed)]
        standing = next((entry for entry in ours if entry.stays), None)
        if any(entry.holder in evidence.live for entry in ours):
            yield verdict.ok(f"WhatsApp account {account.id} sends its events to a live run on this machine")
        elif standing:
            yield verdict.ok(
                f"WhatsApp account {account.id} sends its events to {override}, which {keeper(standing)} left in place"
            )
        elif override and not same_callback(override, url):
            yield verdict.failed(
                f"WhatsApp account {account.id} sends its events to {override}, not to the app's callback {url}",
                "an account's callback takes precedence over the app's",
                f"remove the override if nobody needs it: POST {account.id}/subscribed_apps without "
                "override_callback_uri",
            )
        else:
            yield verdict.ok(f"WhatsApp account {account.id} uses the app's callback")


def judge_owner(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Judge whether ended runs left changes on accounts."""
    for entry in evidence.installations:
        if entry.holder in evidence.live:
            yield verdict.ok(f"{entry.scope} is held by a live run on this machine")
        elif entry.stays:
            yield verdict.ok(f"{entry.scope} is as {keeper(entry)} left it")
        else:
            yield verdict.fixable(
                f"{entry.scope} still has what an earlier run installed there",
                "that run ended without putting it back",
                entry.teardown,
            )


def judge_instagram(verdict: Verdicts, evidence: Evidence) -> Iterator[Finding]:
    """Name what cannot be known about Instagram accounts.

    With Facebook Login, an account's events come by way of its Page, which must have the app with any field. Source:
    Meta's page "Webhook" of Messenger API support for Instagram. The Graph API does not report the switch for messages,
    which is in many guides to setting up such an app (read 2026-11-30).
    """
    row = evidence.registration("instagram")
    if row is None:
        return
    fields = row.subscription.fields
    needs = ["the app must be Live"]
    if "comments" in fields or "mentions" in fields:
        needs.append("for comments and mentions, the account must be public")
    if "messages" in fields:
        needs.append(f"for messages, its owner must switch on 'Allow access to messages' in Instagram's app: {_SWITCH}")
    yield verdict.unknown(
        "whether Instagram accounts have installed the app",
        "; ".join(["that needs the account's own token, at graph.instagram.com", *needs]),
        "with Instagram Login: GET graph.instagram.com/me/subscribed_apps with the account's token; with Facebook "
        "Login, the account's Page must have installed the app, with any field: hookscope pages list",
    )


def _of_app(
    evidence: Evidence, topic: str, accounts: tuple[CheckedAccount, ...] | Unknown, verdict: Verdicts, name: str
) -> Iterator[tuple[CheckedAccount, SubscribedApp | Finding | None]]:
    """Yield each account with its installation of the app, or a finding that it cannot be known."""
    if evidence.registration(topic) is None:
        return
    if isinstance(accounts, Unknown):
        nobody = CheckedAccount(id="", name="", installed=accounts)
        yield (
            nobody,
            verdict.unknown(
                f"whether {name} have installed the app", accounts.why, accounts.hint or _token_hint(topic)
            ),
        )
        return
    for account in accounts:
        if isinstance(account.installed, Unknown):
            hint = _token_hint(topic) if account.installed == UNOPENED else account.installed.hint
            yield account, verdict.unknown(f"the installation on {account.id}", account.installed.why, hint)
        else:
            yield account, next((app for app in account.installed if app.app_id == evidence.app_id), None)


def _token_hint(topic: str) -> str:
    if topic == "page":
        return "set HOOKSCOPE_PAGE_TOKEN, or HOOKSCOPE_USER_TOKEN of somebody who runs the Page"
    return "set HOOKSCOPE_WABA_ID to the id of the account"


def _install(account: CheckedAccount, evidence: Evidence) -> tuple[str, ...]:
    row = evidence.registration("page")
    fields = ",".join((row and row.subscription.fields) or DEFAULT_FIELDS["page"])
    return ("pages", "subscribe", account.id, "--app-id", evidence.app_id, "--fields", fields)
