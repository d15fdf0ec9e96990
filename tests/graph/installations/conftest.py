"""A sandbox whose Page has the app installed with one field, and what changes that."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hookscope.diagnosis.probe import probe
from hookscope.graph.callback_prover import CallbackProver
from hookscope.graph.client import GraphClient
from hookscope.graph.edge import Wait
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.lease import InstallationLease
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.model.run_events import RunEvent
from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import SecretSources
from hookscope.settings import App, LeaseSettings
from tests.graph.installations.build import Build
from tests.graph.installations.page import Installed
from tests.graph.wait import no_wait


@pytest.fixture
def page(sandbox: SandboxServer) -> Installed:
    installed = Installed(sandbox)
    installed.set("feed")
    return installed


@pytest.fixture
def waba(sandbox: SandboxServer) -> Scope:
    return Scope(ScopeKind.WABA, sandbox.world.whatsapp.id)


@pytest.fixture
def phone(sandbox: SandboxServer) -> Scope:
    return Scope(ScopeKind.PHONE, sandbox.world.whatsapp.phone_number_id)


@pytest.fixture
def edge(client: GraphClient, app: App, sandbox: SandboxServer) -> InstallationEdge:
    given = {
        "HOOKSCOPE_PAGE_TOKEN": sandbox.world.page.token.reveal(),
        "HOOKSCOPE_USER_TOKEN": sandbox.world.user.token.reveal(),
    }
    nodes = GraphNodes(client.caller)
    return InstallationEdge(nodes, app, Tokens(nodes, app, SecretSources(given)))


@pytest.fixture
def installations(tmp_path: Path) -> InstallationLedger:
    return InstallationLedger(tmp_path / "state" / "hookscope" / "ledger.db")


@pytest.fixture
def build(edge: InstallationEdge, installations: InstallationLedger, items: list[RunEvent]) -> Build:
    def lease(
        *scopes: Scope,
        holder: str = "1-a",
        live: tuple[str, ...] = (),
        is_gone: Callable[[], bool] = lambda: False,
        wait: Wait = no_wait,
        **values: Any,
    ) -> InstallationLease:
        settings = LeaseSettings(verify_token="our-token", **values)
        return InstallationLease(
            edge,
            installations,
            settings,
            scopes,
            holder=holder,
            publish=items.append,
            prover=CallbackProver(settings, probe, items.append),
            is_live=live.__contains__,
            is_gone=is_gone,
            wait=wait,
        )

    return lease
