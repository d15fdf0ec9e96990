"""Pages that come in time, over a slow network as well."""

from hookscope.team.address import LogAddress
from hookscope.team.log import PAGE_BYTES, Entry
from hookscope.team.opening import open_log
from hookscope.team.postgres.page_size import PAGE_SECONDS, PageSize


def test_pages_grow_to_a_limit_while_they_come_quickly_and_shrink_to_one_when_not() -> None:
    page = PageSize()
    sizes = []
    for seconds in [0.1] * 5 + [PAGE_SECONDS / 10] + [PAGE_SECONDS / 2] * 9:
        page.adapt(seconds)
        sizes.append(page.size)
    assert sizes[:6] == [512 << 10, 1 << 20, 2 << 20, PAGE_BYTES, PAGE_BYTES, PAGE_BYTES]
    assert sizes[6:8] == [2 << 20, 1 << 20]
    assert sizes[-2:] == [32 << 10, 32 << 10]


async def test_the_first_page_is_small_and_the_next_is_larger(address: LogAddress) -> None:
    async with open_log(address, app_id="4711") as log:
        await log.append([Entry(head=b"{}", body=b"x" * 20_000)] * 50)
        assert len(await log.read(after=0)) == 13
        assert len(await log.read(after=13)) == 26
