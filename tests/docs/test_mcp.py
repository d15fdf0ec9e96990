"""The page about assistants: its configuration files start the program, and its table has the tools."""

import json
from pathlib import Path

import pytest

from hookscope.mcp.access import Access
from hookscope.mcp.tools import tools_for
from hookscope.secret_sources import SecretSources
from tests.docs.pages import Block, Page, code_in
from tests.docs.test_blocks import check

PAGE = Page("docs/mcp.md")
CONFIGURATIONS = [block for block in PAGE.blocks if block.language == "json"]


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=range(len(CONFIGURATIONS)))
def test_a_configuration_starts_the_server(block: Block) -> None:
    ((kind, servers),) = json.loads(block.text).items()
    assert kind in ("mcpServers", "servers")
    (server,) = servers.values()
    assert Path(server["command"]).name == "hookscope"
    assert "mcp" in server["args"]
    check(server["args"])


def test_the_table_has_every_tool() -> None:
    access = Access(journal=Path("journal.db"), secrets=SecretSources({}), may_send=True)
    listed = [(name, "--allow-send" in what) for cell, what in PAGE.rows("tool") for name in code_in(cell)]
    assert listed == [(tool.name, tool.sends) for tool in tools_for(access)]
