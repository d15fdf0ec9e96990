"""The names that the sandbox answers to."""

import pytest
from aiohttp import ClientSession

from hookscope.sandbox.hosts import is_own
from hookscope.sandbox.server import SandboxServer


async def _status(url: str, host: str) -> int:
    async with ClientSession() as session, session.get(url, headers={"Host": host}) as answer:
        return answer.status


@pytest.mark.parametrize("path", ["/sandbox/state", "/v25.0/me"])
async def test_a_page_whose_name_leads_to_this_machine_reads_nothing(path: str) -> None:
    async with SandboxServer() as server:
        assert await _status(server.url + path, "evil.example:80") == 421
        assert await _status(server.url + path, server.url.removeprefix("http://")) != 421


@pytest.mark.parametrize("host", ["localhost:80", "LOCALHOST", "127.0.0.1", "[::1]:9", "graph.localhost", "box", ""])
def test_the_machines_own_names_and_the_one_it_was_started_with_are_taken(host: str) -> None:
    assert is_own(host, "box")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.4", "[", "localhost@evil.example"]
)
def test_other_names_are_not(host: str) -> None:
    assert not is_own(host, "127.0.0.1")
