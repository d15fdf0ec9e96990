"""Callbacks, examined by the library."""

import socket

import hookscope


async def test_a_callback_is_examined() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        finding = await hookscope.examine_callback(f"http://127.0.0.1:{unused.getsockname()[1]}/hook", "token")
    assert (finding.id, finding.failed) == ("connection.refused", True)
    assert finding.next_step
