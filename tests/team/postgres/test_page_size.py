"""Pages that come in time, over a slow network as well."""

import pytest

pytest.importorskip("psycopg", reason="psycopg missing: pip install '.[test]'")

from hookscope.team.address import LogAddress
from hookscope.team.log import PAGE_BYTES, Entry
from hookscope.team.opening import open_log
from hookscope.team.postgres.page_size import PAGE_SECONDS, PageSize
from tests.support.tcp_proxy import TcpProxy
from tests.team.postgres.conftest import RunSql, port_of, through

_SMALLEST = 32 << 10


def test_pages_grow_to_a_limit_while_they_come_quickly_and_shrink_to_one_when_not() -> None:
    page = PageSize()
    sizes = []
    for seconds in [0.1] * 8 + [PAGE_SECONDS / 10] + [PAGE_SECONDS / 2] * 9:
        page.adapt(seconds, is_full=True)
        sizes.append(page.bytes)
    assert sizes[:3] == [64 << 10, 128 << 10, 256 << 10]
    assert sizes[6:9] == [PAGE_BYTES] * 3
    assert sizes[9:11] == [2 << 20, 1 << 20]
    assert sizes[-2:] == [_SMALLEST] * 2


def test_a_page_that_was_not_full_does_not_make_the_next_one_larger() -> None:
    page = PageSize()
    page.adapt(0.01, is_full=False)
    assert page.bytes == _SMALLEST


async def test_the_first_page_is_small_and_the_next_is_larger(address: LogAddress) -> None:
    async with open_log(address, app_id="4711") as log:
        await log.append([Entry(head=b"{}", body=b"x" * 10_000)] * 12)
        assert len(await log.read(after=0)) == 3
        assert len(await log.read(after=3)) == 6


async def test_a_large_body_comes_in_pieces_that_grow(address: LogAddress) -> None:
    """In one answer, a body of a megabyte takes longer over 256 kbit/s than anybody waits for a silent server."""
    body = bytes(number % 251 for number in range(1_000_000))
    answers: list[int] = []

    def count(data: bytes) -> bytes:
        answers[-1] += len(data)
        return data

    async with open_log(address, app_id="4711") as log:
        await log.append([Entry(head=b"{}", body=body), Entry(head=b"{}", body=b"two")])
    async with TcpProxy(port_of(address), alter=count) as network:
        answers.append(0)
        async with open_log(through(address, network.port)) as reader:
            rows = reader._reader._rows  # type: ignore[attr-defined]

            async def noted(*values: object) -> object:
                answers.append(0)
                return await rows(*values)

            reader._reader._rows = noted  # type: ignore[attr-defined]
            page = await reader.read(after=0)
            assert [entry.body for entry in page] == [body]
            assert page.more
            assert [entry.body for entry in await reader.read(after=1)] == [b"two"]
    assert max(answers) < 600_000
    assert answers[1] < 2 * _SMALLEST


async def test_a_body_that_is_deleted_while_its_pieces_come_is_passed_over(
    address: LogAddress, run_sql: RunSql
) -> None:
    async with open_log(address, app_id="4711") as log:
        await log.append([Entry(head=b"{}", body=b"x" * 200_000), Entry(head=b"{}", body=b"two")])
    async with open_log(address) as reader:
        rows = reader._reader._rows  # type: ignore[attr-defined]

        async def then_delete(*values: object) -> object:
            found = await rows(*values)
            run_sql("DELETE FROM {log}.entries WHERE seq = 1")
            return found

        reader._reader._rows = then_delete  # type: ignore[attr-defined]
        page = await reader.read(after=0)
        assert (list(page), page.more) == ([], True)
        assert [entry.seq for entry in await reader.read(after=0)] == [2]
