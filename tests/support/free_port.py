"""Ports of servers that come back at the same address after a while, and so cannot have the system choose one."""

import random
import socket

_BELOW_THE_SYSTEMS = range(20_000, 32_768)
"""Linux takes ports for its clients from 32,768 on, macOS from 49,152: a server that is away would lose its own."""


def free_port() -> int:
    """Return a port that nobody listens on now, and that the system gives to nobody."""
    while True:
        port = random.choice(_BELOW_THE_SYSTEMS)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
