"""Gathers the evidence: from the Graph API, the callbacks, the ledger, the live runs, and the journal."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field

from hookscope import paths, run_registry
from hookscope.diagnosis.doctor.callbacks import ask_callbacks, examine_url
from hookscope.diagnosis.doctor.evidence import (
    UNOPENED,
    CheckedAccount,
    Evidence,
    GivenToken,
    RegisteredSubscription,
    Unknown,
)
from hookscope.diagnosis.doctor.journal_facts import JournalFacts, read_facts
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.graph_refusal import explain_fault
from hookscope.errors import HookscopeError, JournalError
from hookscope.graph.access_token import AccessToken, app_token
from hookscope.graph.caller import FailedCallError, GraphCaller
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.graph.transport import TransportFailure
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.json_access import counted
from hookscope.meta.subscription import Subscription, read_versions
from hookscope.model.run_events import Notice
from hookscope.model.timestamps import now
from hookscope.run_registry import LiveRun
from hookscope.secret_sources import PAGE_TOKEN, USER_TOKEN, Secret, SecretSources
from hookscope.settings import App

_T = TypeVar("_T")
_MOST_ACCOUNTS = 25
"""Each takes a call, and a development app may make only a few an hour."""


class DoctorRequest(Struct, frozen=True, kw_only=True):
    """The subject of an examination: an app, its callbacks, and its accounts.

    `ledger` None means the user's own; `captured_for` is the app's id in the journal. `wanted` maps objects to fields
    that the user expects. Without `verify_token`, callbacks are asked with a made-up one. `waba_id` is the WhatsApp
    account to examine. `page_ids` are the Pages; when empty, all that the tokens give access to.
    """

    app: App
    secrets: SecretSources
    journal: Path
    ledger: Path | None = None
    captured_for: str | None = None
    wanted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    url: str | None = None
    verify_token: str | None = None
    waba_id: str | None = None
    page_ids: tuple[str, ...] = ()


async def collect(request: DoctorRequest, notify: Callable[[Notice], None]) -> Evidence:
    """Return the evidence, and change nothing. Facts that cannot be learned are Unknown; no GraphError is raised."""
    facts = await asyncio.to_thread(_read_journal, request)
    app = request.app
    live = {run.key: run for run in run_registry.find()}
    ledger = request.ledger or paths.ledger_file()
    entries = {entry.object: entry for entry in Ledger(ledger).open_entries(graph_url=app.graph_url, app_id=app.app_id)}
    installations = InstallationLedger(ledger).open_entries(graph_url=app.graph_url, app_id=app.app_id)
    wanted = _wanted(request, entries, live)
    async with GraphCaller(app.graph_url, app.graph_version, app.secret, notify=notify) as caller:
        nodes, token = GraphNodes(caller), app_token(app)
        graph, registered = await _read_subscriptions(nodes, app, token)
        topics = _topics(registered)
        tokens = await _read_tokens(nodes, request.secrets, token, registered)
        sources = Tokens(nodes, app, request.secrets)
        return Evidence(
            app_id=app.app_id,
            graph_version=app.graph_version,
            at=now(),
            graph=graph,
            served_version=caller.served_version,
            registered=registered,
            wanted=wanted,
            entries=entries,
            installations=tuple(installations),
            live=frozenset(live),
            callbacks=await ask_callbacks(registered, wanted, entries, live, request.verify_token),
            url=await examine_url(request.url, request.verify_token) if request.url else None,
            tokens=tokens,
            page_ids=request.page_ids,
            pages=await _read_pages(nodes, sources, tokens, request.page_ids) if "page" in topics else (),
            whatsapp=await _read_whatsapp(nodes, sources, request.waba_id, facts) if WHATSAPP in topics else (),
            facts=facts,
        )


def _wanted(
    request: DoctorRequest, entries: Mapping[str, LedgerEntry], live: Mapping[str, LiveRun]
) -> dict[str, tuple[str, ...]]:
    """Return the objects and fields that the user expects, else those that live runs of this app hold."""
    if request.wanted:
        return dict(request.wanted)
    return {topic: entry.fields for topic, entry in entries.items() if entry.holder in live}


async def _read_subscriptions(
    nodes: GraphNodes, app: App, token: AccessToken
) -> tuple[Finding, tuple[RegisteredSubscription, ...] | Unknown]:
    try:
        rows = await nodes.edge(app.app_id, "subscriptions", token)
        found = tuple(
            RegisteredSubscription(subscription=Subscription.from_json(row), versions=read_versions(row))
            for row in rows
        )
    except HookscopeError as error:
        return _explain(error), Unknown("the app's own token is not accepted, or the Graph API did not answer")
    except (ValueError, TypeError) as error:
        return _odd(str(error)), Unknown("the answer has an unknown shape")
    return Finding(id="app.credentials", state=State.OK, what="Meta accepts its id and secret"), found


def _topics(registered: tuple[RegisteredSubscription, ...] | Unknown) -> frozenset[str]:
    rows = () if isinstance(registered, Unknown) else registered
    return frozenset(row.subscription.object for row in rows)


def _explain(error: HookscopeError) -> Finding:
    failed = error.__cause__
    if isinstance(failed, FailedCallError) and not isinstance(failed.trouble, TransportFailure):
        return explain_fault(failed.trouble)
    return Finding(id="graph.unreachable", state=State.FAILED, what=error.message, next_step=error.hint)


def _odd(reason: str) -> Finding:
    return Finding(
        id="graph.not-meta",
        state=State.FAILED,
        what=f"that is not a known answer of the Graph API ({reason})",
        next_step="check --graph-url and --graph-version",
    )


async def _read_tokens(
    nodes: GraphNodes, secrets: SecretSources, by: AccessToken, registered: tuple[RegisteredSubscription, ...] | Unknown
) -> tuple[GivenToken, ...] | Unknown:
    if isinstance(registered, Unknown):
        return registered
    given = ((PAGE_TOKEN, "PAGE", secrets.page_token), (USER_TOKEN, "USER", secrets.user_token))
    return tuple([await _read_token(nodes, variable, kind, token, by) for variable, kind, token in given if token])


async def _read_token(nodes: GraphNodes, variable: str, kind: str, token: Secret, by: AccessToken) -> GivenToken:
    return GivenToken(variable=variable, expected=kind, info=await _or_unknown(nodes.debug_token(token, by=by)))


async def _read_pages(
    nodes: GraphNodes, sources: Tokens, tokens: tuple[GivenToken, ...] | Unknown, ids: tuple[str, ...]
) -> tuple[CheckedAccount, ...] | Unknown:
    if not sources.has_page_tokens:
        return Unknown("no Page token or user token was given")
    if isinstance(tokens, Unknown):
        return tokens
    infos = [(token, token.info) for token in tokens]
    for token, info in infos:
        if isinstance(info, Unknown):
            return info
        if not info.is_valid:
            return Unknown("a given token is not valid")
        if not token.accepts(info.kind):
            return Unknown("a given token is of another kind")
    opened = await _or_unknown(sources.pages())
    if isinstance(opened, Unknown):
        return opened
    pages = [page for page in opened if not ids or page.id in ids]
    locked = [
        CheckedAccount(id=one, name="", installed=UNOPENED) for one in ids if one not in [page.id for page in opened]
    ]
    found = [
        CheckedAccount(id=page.id, name=page.name, installed=await _or_unknown(nodes.page_apps(page.id, page.token)))
        for page in pages[:_MOST_ACCOUNTS]
    ]
    return (*found, *locked, *_left_out(pages, "Page"))


async def _read_whatsapp(
    nodes: GraphNodes, sources: Tokens, waba_id: str | None, facts: JournalFacts | Unknown
) -> tuple[CheckedAccount, ...] | Unknown:
    seen = () if isinstance(facts, Unknown) else facts.accounts.get(WHATSAPP, ())
    ids = (waba_id,) if waba_id else seen
    if not ids:
        return Unknown("no WhatsApp account id is known")
    token = sources.whatsapp
    found = [
        CheckedAccount(id=one, name="", installed=await _or_unknown(nodes.subscribed_apps(one, token)))
        for one in ids[:_MOST_ACCOUNTS]
    ]
    return (*found, *_left_out(ids, "WhatsApp account"))


def _left_out(accounts: Sequence[object], name: str) -> tuple[CheckedAccount, ...]:
    """Return one entry for the accounts that were not examined, if there are any."""
    more = len(accounts) - _MOST_ACCOUNTS
    why = Unknown(f"only {_MOST_ACCOUNTS} were examined: each takes a call of the Graph API")
    return (CheckedAccount(id=counted(more, f"more {name}"), name="", installed=why),) if more > 0 else ()


async def _or_unknown(call: Awaitable[_T]) -> _T | Unknown:
    try:
        return await call
    except HookscopeError as error:
        return Unknown(error.message, error.hint)


def _read_journal(request: DoctorRequest) -> JournalFacts | Unknown:
    try:
        facts = read_facts(request.journal, request.captured_for or request.app.app_id)
    except JournalError as error:
        return Unknown(error.message)
    return facts or Unknown("nothing of this app is among the newest captures")
