"""Bodies are read within limits, and none that is not whole is acknowledged."""

from pathlib import Path

from hookscope.receiver.bodies import Bodies
from hookscope.receiver.policy import crowded_out
from tests.receiver.test_connections import answer, connected, is_closed, request
from tests.receiver.test_server import LIMIT, PATH, Door, door, open_door
from tests.receiver.test_whole_requests import locked
from tests.support.captures import feed_body, signed
from tests.support.until import until

__all__ = ["door"]

KIB = 1 << 10
TOO_LARGE = b"HTTP/1.1 413 Request Entity Too Large"
SEND_AGAIN = b"HTTP/1.1 503 Service Unavailable"


async def test_an_announced_body_over_the_limit_is_refused_before_it_comes(door: Door) -> None:
    async with connected(door.receiver.url) as (one,):
        one[1].write(f"POST {PATH} HTTP/1.1\r\nHost: h\r\nContent-Length: {LIMIT + 1}\r\n\r\n".encode())
        assert await answer(one) == TOO_LARGE


async def test_a_body_that_goes_over_the_limit_is_refused_before_its_end(door: Door) -> None:
    async with connected(door.receiver.url) as (one,):
        one[1].write(f"POST {PATH} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        one[1].write(b"%x\r\n%b\r\n" % (LIMIT + 1, b"x" * (LIMIT + 1)))
        assert await answer(one) == TOO_LARGE
        assert await is_closed(one)


async def test_beside_whole_bodies_that_fill_the_budget_another_is_to_be_sent_again(tmp_path: Path) -> None:
    async with open_door(tmp_path, body_budget=256 * KIB) as door, connected(door.receiver.url, 2) as (whole, late):
        large = request(feed_body("x" * 250 * KIB))
        with locked(door.journal):
            whole[1].write(large)
            await until(lambda: door.receiver._bodies._held > 250 * KIB and not door.receiver._bodies._unfinished)
            late[1].write(large)
            assert await until(lambda: door.receiver._bodies._held > 250 * KIB + 60 * KIB)
        assert await answer(late) == SEND_AGAIN
        assert await answer(whole) == b"HTTP/1.1 200 OK"
        assert [len(capture.request.body) for capture in door.captures()][1:] == [64 * KIB]
        await until(lambda: not door.receiver._bodies._held)


async def test_a_body_that_gave_way_is_not_asked_again() -> None:
    bodies = Bodies(limit=256 * KIB, budget=256 * KIB)
    with bodies.place() as old, bodies.place() as fresh:
        bodies._unfinished = {old, fresh}
        old._since -= 1000.0
        async with old.timeout, fresh.timeout:
            assert bodies._take(old, b"x" * 200 * KIB) is None
            assert bodies._take(fresh, b"x" * 200 * KIB) == crowded_out()
        assert (old.gave_way, old.size) == (True, 64 * KIB)


async def test_a_sender_that_did_not_ask_is_not_told_to_continue(door: Door) -> None:
    body = feed_body()
    whole = request(body)
    async with connected(door.receiver.url) as (one,):
        one[1].write(whole[: -len(body)])
        await until(lambda: door.receiver._bodies._unfinished)
        one[1].write(body)
        assert await answer(one) == b"HTTP/1.1 200 OK"


async def test_a_body_that_gives_way_as_its_end_comes_is_not_taken_for_whole(tmp_path: Path) -> None:
    body = feed_body("x" * 200 * KIB)
    lines = "\r\n".join(f"{name}: {value}" for name, value in signed(body).items())
    head = f"POST {PATH} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n{lines}\r\n\r\n".encode()
    async with open_door(tmp_path, body_budget=256 * KIB) as door, connected(door.receiver.url, 2) as (old, fresh):
        bodies, large = door.receiver._bodies, request(body)
        old[1].write(head + b"%x\r\n%b\r\n" % (len(body), body))
        await until(lambda: bodies._held == len(body))
        fresh[1].write(large[: 40 * KIB])
        await until(lambda: bodies._held > len(body) + 39 * KIB)
        # Both arrive in one turn of the loop.
        fresh[1].write(large[40 * KIB : 100 * KIB])
        old[1].write(b"0\r\n\r\n")
        assert await answer(old) == SEND_AGAIN
        fresh[1].write(large[100 * KIB :])
        assert await answer(fresh) == b"HTTP/1.1 200 OK"
        assert sorted(capture.reply.status or 0 for capture in door.captures()) == [200, 503]
