"""A sandbox whose Page has the app installed with one field, and what changes that."""

from pathlib import Path

import pytest

from hookscope.graph.client import GraphClient
from hookscope.graph.installations.edge import InstallationEdge
from hookscope.graph.installations.ledger import InstallationLedger
from hookscope.graph.nodes import GraphNodes
from hookscope.graph.tokens import Tokens
from hookscope.sandbox.server import SandboxServer
from hookscope.scope import Scope, ScopeKind
from hookscope.secret_sources import SecretSources
from hookscope.settings import App
from tests.graph.installations.page import Installed


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
