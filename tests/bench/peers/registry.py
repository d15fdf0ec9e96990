"""The peers: their commands, and how each is measured at what it does."""

import shutil
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from msgspec import Struct

from tests.bench.bursts import Send
from tests.bench.measure import Figures
from tests.bench.peers import fasthook, hookdeck, mitmdump, smee, stripe

Server: TypeAlias = Callable[[str], AbstractAsyncContextManager[str]]
"""Runs an executable that receives; yields its URL as soon as it listens."""

Forwarder: TypeAlias = Callable[[str, str], AbstractAsyncContextManager[Send]]
"""Runs an executable that sends to the application at a URL."""

Replay: TypeAlias = Callable[[str, int, int], Awaitable[Figures]]
"""Has an executable send so many stored requests, so many at once."""


class Peer(Struct, frozen=True):
    """A command, and the jobs at which it is measured."""

    command: str
    serve: Server | None = None
    forward: Forwarder | None = None
    replay: Replay | None = None

    @property
    def executable(self) -> str | None:
        """Its path, if it is installed."""
        return shutil.which(self.command)


PEERS = (
    Peer("mitmdump", serve=mitmdump.serve, replay=mitmdump.replay),
    Peer("fasthook", serve=fasthook.serve),
    Peer("stripe", forward=stripe.forward),
    Peer("hookdeck", forward=hookdeck.forward),
    Peer("smee", forward=smee.forward),
)


def installed() -> list[tuple[Peer, str]]:
    """Return the installed peers with their executables."""
    return [(peer, executable) for peer in PEERS if (executable := peer.executable)]


def missing() -> list[str]:
    """Return the names of the others."""
    return [peer.command for peer in PEERS if not peer.executable]
