"""Gathers the evidence: from the Graph API, the callbacks, the ledger, the live runs, and the journal."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hookscope import paths, run_registry
from hookscope.control.client import ControlClient
from hookscope.diagnosis.doctor.evidence import Account, Evidence, GivenToken, Registered, Unknown
from hookscope.diagnosis.doctor.journal_facts import JournalFacts, read_facts
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.graph_refusal import explain_fault
from hookscope.diagnosis.preflight import preflight
from hookscope.errors import HookscopeError, JournalError
from hookscope.graph.access_token import AccessToken, app_token
from hookscope.graph.caller import FailedCallError, GraphCaller
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.ledger import Ledger
from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.graph.transport import TransportFailure
from hookscope.meta.subscription import Subscription, read_versions
from hookscope.model.run_events import Notice
from hookscope.model.timestamps import now
from hookscope.run_registry import LiveRun
from hookscope.secret_sources import PAGE_TOKEN, USER_TOKEN, Secret, SecretSources
from hookscope.settings import App, random_verify_token
from hookscope.views.status import LinkState

_T = TypeVar("_T")
_WHATSAPP = "whatsapp_business_account"
_ANSWER_SECONDS = 5.0
_REFUSED = frozenset(("status.refused", "status.other"))
_AMBIGUOUS = frozenset(("status.login", "answer.ok", "answer.wrong", "answer.empty"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorRequest:
    """The subject of an examination.

    `ledger` is the user's own when it is None, and `captured_for` the app's id in the journal. `wanted` maps objects to
    fields that the user expects. Without `verify_token` callbacks are asked with one that is made up. `waba_id` is the
    WhatsApp account to look at.
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


async def collect(request: DoctorRequest, notify: Callable[[Notice], None]) -> Evidence:
    """Return the evidence. Nothing is changed anywhere; what cannot be learned is Unknown. Raises no GraphError."""
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
        tokens = () if graph.failed else await _read_tokens(nodes, request.secrets, token)
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
            callbacks=await _ask_callbacks(registered, wanted, entries, live, request.verify_token),
            url=await examine_url(request.url, request.verify_token) if request.url else None,
            tokens=tokens,
            pages=await _read_pages(nodes, sources, tokens) if "page" in topics else (),
            whatsapp=await _read_whatsapp(nodes, sources, request.waba_id, facts) if _WHATSAPP in topics else (),
            facts=facts,
        )


async def examine_url(url: str, verify_token: str | None) -> Finding:
    """Return whether a callback answers; without its token, whether it refuses a made-up one as it should."""
    token, challenge = verify_token or random_verify_token(), str(10**9 + secrets.randbelow(9 * 10**9))
    finding = (await preflight(url, verify_token=token, challenge=challenge)).finding
    if verify_token is not None:
        return finding
    if finding.id in _REFUSED:
        return Finding(id="callback.answers", state=State.OK, what="it can be reached, and refuses a made-up token")
    if finding.id in _AMBIGUOUS:
        return Finding(
            id="callback.answers",
            state=State.UNKNOWN,
            what=f"to a made-up verify token: {finding.what}",
            why="that may be its way to refuse the token, or a fault",
            next_step="set HOOKSCOPE_VERIFY_TOKEN to its token, and ask again",
        )
    if finding.state is State.OK:
        return Finding(
            id="callback.any-token",
            state=State.WARNING,
            what="it answers the verification, also with a made-up verify token",
            why="anybody could register it for an app of theirs",
            next_step="compare hub.verify_token, and answer 403 to another one",
        )
    return finding


def _wanted(
    request: DoctorRequest, entries: Mapping[str, LedgerEntry], live: Mapping[str, LiveRun]
) -> dict[str, tuple[str, ...]]:
    """Return what the user asks for, else what the live runs of this app hold."""
    if request.wanted:
        return dict(request.wanted)
    return {topic: entry.fields for topic, entry in entries.items() if entry.holder in live}


async def _read_subscriptions(
    nodes: GraphNodes, app: App, token: AccessToken
) -> tuple[Finding, tuple[Registered, ...] | Unknown]:
    try:
        rows = await nodes.edge(app.app_id, "subscriptions", token)
        found = tuple(Registered(subscription=Subscription.from_json(row), versions=read_versions(row)) for row in rows)
    except HookscopeError as error:
        return _explain(error), Unknown("the app's own token is not accepted, or the Graph API did not answer")
    except (ValueError, TypeError) as error:
        return _odd(str(error)), Unknown("the answer has an unknown shape")
    return Finding(id="app.credentials", state=State.OK, what="Meta accepts its id and secret"), found


def _topics(registered: tuple[Registered, ...] | Unknown) -> frozenset[str]:
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
        what=f"the answer is not one that the Graph API is known to give ({reason})",
        next_step="check --graph-url and --graph-version",
    )


async def _read_tokens(nodes: GraphNodes, secrets: SecretSources, by: AccessToken) -> tuple[GivenToken, ...]:
    given = ((PAGE_TOKEN, "PAGE", secrets.page_token), (USER_TOKEN, "USER", secrets.user_token))
    return tuple([await _read_token(nodes, variable, kind, token, by) for variable, kind, token in given if token])


async def _read_token(nodes: GraphNodes, variable: str, kind: str, token: Secret, by: AccessToken) -> GivenToken:
    return GivenToken(variable=variable, expected=kind, info=await _or_unknown(nodes.debug_token(token, by=by)))


async def _read_pages(
    nodes: GraphNodes, sources: Tokens, tokens: tuple[GivenToken, ...]
) -> tuple[Account, ...] | Unknown:
    if not sources.has_page_tokens:
        return Unknown("no token of a Page or a user was given")
    if any(isinstance(token.info, Unknown) or not token.info.is_valid for token in tokens):
        return Unknown("a token that was given is not valid")
    if any(not isinstance(token.info, Unknown) and token.info.kind != token.expected for token in tokens):
        return Unknown("a token that was given is of another kind")
    pages = await _or_unknown(sources.pages())
    if isinstance(pages, Unknown):
        return pages
    return tuple(
        [
            Account(id=page.id, name=page.name, installed=await _or_unknown(nodes.subscribed_apps(page.id, page.token)))
            for page in pages
        ]
    )


async def _read_whatsapp(
    nodes: GraphNodes, sources: Tokens, waba_id: str | None, facts: JournalFacts | Unknown
) -> tuple[Account, ...] | Unknown:
    seen = () if isinstance(facts, Unknown) else facts.accounts.get(_WHATSAPP, ())
    ids = (waba_id,) if waba_id else seen
    if not ids:
        return Unknown("no id of a WhatsApp account is known")
    token = sources.whatsapp
    return tuple(
        [Account(id=one, name="", installed=await _or_unknown(nodes.subscribed_apps(one, token))) for one in ids]
    )


async def _or_unknown(call: Awaitable[_T]) -> _T | Unknown:
    try:
        return await call
    except HookscopeError as error:
        return Unknown(error.message)


async def _ask_callbacks(
    registered: tuple[Registered, ...] | Unknown,
    wanted: Mapping[str, tuple[str, ...]],
    entries: Mapping[str, LedgerEntry],
    live: Mapping[str, LiveRun],
    verify_token: str | None,
) -> dict[str, Finding]:
    """Ask each callback once. A live run is asked for its own probe: ours would stand among its captures."""
    found: dict[str, Finding] = {}
    for row in () if isinstance(registered, Unknown) else registered:
        subscription = row.subscription
        url, entry = subscription.callback_url, entries.get(subscription.object)
        if url in found or (wanted and subscription.object not in wanted):
            continue
        run = live.get(entry.holder) if entry and entry.owns(subscription) else None
        found[url] = await (_ask_run(run) if run else examine_url(url, verify_token))
    return found


async def _ask_run(run: LiveRun) -> Finding:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS), ControlClient(run.address) as client:
            async for status in client.watch():
                return _judge_probe(status.probe.light, status.probe.detail)
    except (HookscopeError, TimeoutError):
        pass
    return Finding(
        id="callback.answers",
        state=State.UNKNOWN,
        what="the live run does not say whether its public URL works",
        why="it is starting, or suspended",
        next_step=f"type `fg` where it was started, or: kill -CONT {run.pid}",
    )


def _judge_probe(light: LinkState, detail: str) -> Finding:
    if light is LinkState.BAD:
        return Finding(
            id="callback.answers",
            state=State.FAILED,
            what=f"the live run's own probe fails: {detail}",
            next_step="check the tunnel and the network, and start the run again",
        )
    return Finding(id="callback.answers", state=State.OK, what=f"the live run's own probe passes ({detail})")


def _read_journal(request: DoctorRequest) -> JournalFacts | Unknown:
    try:
        facts = read_facts(request.journal, request.captured_for or request.app.app_id)
    except JournalError as error:
        return Unknown(error.message)
    return facts or Unknown("no run of this app has captured anything")
