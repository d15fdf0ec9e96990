"""Whatever bytes reach the receiver, and however they are cut: answered or closed, and the next request is taken."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Kind
from tests.receiver.test_connections import request
from tests.receiver.test_server import PATH, TOKEN, Door, open_door
from tests.support.captures import feed_body
from tests.support.examples import examples
from tests.support.hostile_bytes import pieces, spoilt

_BODY = feed_body("one", comment_id="1_1")
_LINE = f"POST {PATH} HTTP/1.1\r\nHost: h\r\n".encode()
_REQUESTS = (
    request(_BODY, PATH),
    request(_BODY, PATH, "X-A: \xff", "Connection: keep-alive"),
    request(_BODY, PATH, "Connection: close"),
    request(b"{}", "/other"),
    request(_BODY, PATH).replace(b"sha256=", b"sha256=0"),
    f"GET {PATH}?hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN} HTTP/1.1\r\nHost: h\r\n\r\n".encode(),
    _LINE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    _LINE + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}",
    _LINE + b"Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}",
    _LINE + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
    f"OPTIONS http://h{PATH} HTTP/1.0\r\n\r\n".encode(),
)
_STATUSES = {b"100", b"200", b"400", b"401", b"403", b"404", b"405", b"408", b"411", b"413", b"414", b"417", b"431"}


class Served:
    """A receiver that stays, on a loop of its own; `failures` are those that nobody handled."""

    def __init__(self, runner: asyncio.Runner, door: Door) -> None:
        self.door, self._runner = door, runner
        self.failures: list[dict[str, Any]] = []
        runner.get_loop().set_exception_handler(lambda _, context: self.failures.append(context))

    def exchange(self, parts: Sequence[bytes], *, half_closed: bool = True) -> bytes:
        """Send something in pieces on a connection of its own; return all that is answered."""
        return self._runner.run(self._exchange(parts, half_closed))

    async def _exchange(self, parts: Sequence[bytes], half_closed: bool) -> bytes:
        host, port = self.door.receiver.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            if half_closed:
                writer.write_eof()
            async with asyncio.timeout(30):
                return await reader.read()
        except OSError:  # It was closed meanwhile.
            return b""
        finally:
            writer.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        folder: Path = tmp_path_factory.mktemp("fuzz")
        yield Served(runner, runner.run(stack.enter_async_context(open_door(folder))))
        runner.run(stack.aclose())


@given(data=st.data())
@pytest.mark.timeout(1800)
@examples(100)
def test_any_bytes_are_answered_or_closed_and_the_next_request_is_taken(served: Served, data: st.DataObject) -> None:
    sent = data.draw(spoilt(_REQUESTS))
    answered = served.exchange(data.draw(pieces(sent)))
    statuses = {line.split()[1] for line in answered.split(b"\r\n") if line.startswith(b"HTTP/1.")}
    assert statuses <= _STATUSES, answered
    assert bool(answered) == bool(statuses), answered
    assert b" 200 " in served.exchange([request(_BODY, PATH, "Connection: close")], half_closed=False)
    assert not served.failures


def test_nothing_was_acknowledged_that_was_not_signed(served: Served) -> None:
    for capture in served.door.captures():
        if capture.kind is Kind.NOTIFICATION and capture.reply.status == 200:
            assert capture.signature.verdict is SignatureVerdict.VALID
            assert capture.request.body == _BODY
