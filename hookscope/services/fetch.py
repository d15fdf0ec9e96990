"""Fetch: reads the objects that a notification refers to from the Graph API, and keeps the answers with the capture."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from hookscope.errors import HookscopeError, UsageError
from hookscope.graph.access_token import AccessToken, page_token, user_token
from hookscope.graph.caller import GraphCaller
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.journal.editor import JournalEditor
from hookscope.journal.reader import JournalReader
from hookscope.meta import notification
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.node_reference import NodeReference, explain_none, references
from hookscope.meta.notification import Event
from hookscope.meta.token_stripping import strip_tokens
from hookscope.model.fetched_node import FetchedNode
from hookscope.model.record import Capture, Kind, Run
from hookscope.model.run_events import Notice
from hookscope.model.timestamps import now
from hookscope.secret_sources import SecretSources
from hookscope.settings import App

_MOST = 50
"""The maximum number of nodes for one capture: a batch may name a thousand, and each takes a call."""


class FetchReport(Struct, frozen=True, kw_only=True):
    """The nodes that were read, the failures, and the number of nodes of a large batch that were left out."""

    nodes: tuple[FetchedNode, ...]
    errors: tuple[HookscopeError, ...]
    left_out: int


class _Target(Struct, frozen=True, kw_only=True):
    event: Event
    reference: NodeReference


def run_of(journal: Path, capture_id: int) -> Run | None:
    """Return the run that received a capture, if it is known. Raises JournalError."""
    with JournalReader(journal) as history:
        capture = history.capture(capture_id)
        return history.run(capture.run_id) if capture and capture.run_id else None


async def fetch(
    journal: Path, capture_id: int, *, app: App, secrets: SecretSources, notify: Callable[[Notice], None]
) -> FetchReport:
    """Read every node that a capture refers to, with the tokens in `secrets`, and keep the answers in the journal.

    Access tokens, also those in paging links, are removed. A node that cannot be read does not prevent the others.
    Raises UsageError when there is nothing to read, and JournalError.
    """
    targets = _targets(await asyncio.to_thread(_notification, journal, capture_id))
    nodes, errors = list[FetchedNode](), list[HookscopeError]()
    async with GraphCaller(app.graph_url, app.graph_version, app.secret, notify=notify) as caller:
        reader = _Reader(GraphNodes(caller), app, secrets)
        for target in targets[:_MOST]:
            try:
                answer = await reader.read(target)
            except HookscopeError as error:
                errors.append(error)
                continue
            reference = target.reference
            node = FetchedNode(
                capture_id=capture_id, kind=reference.kind, node=reference.node, fetched_at=now(), answer=answer
            )
            nodes.append(node)
    if nodes:
        await asyncio.to_thread(_keep, journal, nodes)
    return FetchReport(nodes=tuple(nodes), errors=tuple(errors), left_out=max(len(targets) - _MOST, 0))


def _keep(journal: Path, nodes: Sequence[FetchedNode]) -> None:
    with JournalEditor(journal) as editor:
        editor.keep_fetched(nodes)


def _notification(journal: Path, capture_id: int) -> Capture:
    with JournalReader(journal) as history:
        capture = history.capture(capture_id)
    if capture is None:
        raise UsageError(f"there is no capture #{capture_id}", hint="see `hookscope ls`")
    if capture.kind is not Kind.NOTIFICATION:
        raise UsageError(
            f"#{capture_id} is a {capture.kind}, which refers to nothing",
            hint="choose a notification: hookscope ls --filter kind:notification",
        )
    return capture


def _targets(capture: Capture) -> list[_Target]:
    """Return the nodes to read, each once. Raises UsageError when there are none."""
    events = notification.parse(capture.request.body).events
    found = {one: _Target(event=event, reference=one) for event in events for one in references(event)}
    if found:
        return list(found.values())
    why = explain_none(events[0]) if events else capture.problem or "it holds no event"
    raise UsageError(
        f"#{capture.id} refers to nothing that can be read: {why}", hint=f"hookscope captures show {capture.id}"
    )


class _Reader:
    """Reads nodes, each with the token that fits its account."""

    def __init__(self, nodes: GraphNodes, app: App, secrets: SecretSources) -> None:
        self._nodes = nodes
        self._secrets = secrets
        self._tokens = Tokens(nodes, app, secrets)

    async def read(self, target: _Target) -> Any:
        """Return the answer, without tokens. Raises UsageError when no token fits, and GraphError."""
        reference = target.reference
        fields = (reference.fields,) if reference.fields else ()
        try:
            answer = await self._nodes.read(reference.node, await self._token(target.event), fields)
        except HookscopeError as error:
            error.message = f"{reference.kind} {reference.node}: {error.message}"
            if target.event.is_test:
                error.hint = "the ids of the dashboard's Test button are made up: wait for a real event"
            raise
        return json.loads(self._secrets.redact(json.dumps(strip_tokens(answer))))

    async def _token(self, event: Event) -> AccessToken:
        if event.object == WHATSAPP:
            return self._tokens.whatsapp
        if event.object == "page" and not event.is_test:
            return await self._tokens.page(event.entry_id or "")
        if self._secrets.page_token:
            return page_token(self._secrets.page_token)
        if self._secrets.user_token:
            return user_token(self._secrets.user_token)
        return (await self._tokens.pages())[0].token  # The error names the missing token.
