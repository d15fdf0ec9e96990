"""The sandbox as a server in this process."""

import socket

import pytest

from hookscope.errors import UsageError
from hookscope.sandbox.address import SandboxAddress
from hookscope.sandbox.server import SandboxServer


async def test_two_sandboxes_share_nothing() -> None:
    async with SandboxServer() as one, SandboxServer() as other:
        assert one.url != other.url
        assert one.world.app.id != other.world.app.id
        assert one.world.app.secret != other.world.app.secret


async def test_the_address_names_what_was_made_up_and_hides_its_secrets() -> None:
    async with SandboxServer(app_id="1234567890123456") as server:
        address = server.address

    assert (address.base_url, address.app_id) == (server.url, "1234567890123456")
    assert address.app_secret.reveal() not in repr(address)
    assert SandboxAddress.from_json(address.to_json()) == address


async def test_a_port_that_is_taken_is_a_wrong_usage() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
            async with SandboxServer(port=port):
                pass

    assert "--port" in (caught.value.hint or "")
