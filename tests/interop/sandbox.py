"""Runs a library's program against a sandbox."""

from typing import Any

from hookscope.sandbox.server import SandboxServer
from tests.interop.installation import Installation
from tests.interop.library import Outcome
from tests.sandbox.callback import VERIFY_TOKEN, Callback


async def against_sandbox(installation: Installation, program: str, **given: Any) -> list[Outcome]:
    """Run a program that talks to a sandbox, and return the outcomes that it prints.

    It is given the address of the sandbox, and a callback that answers handshakes made with `verify_token`.
    """
    async with SandboxServer() as server, Callback() as callback:
        address = server.address.to_json()
        told = {**address, "callback_url": callback.url, "verify_token": VERIFY_TOKEN, **given}
        return [Outcome(**said) for said in await installation.run(program, told)]
