import asyncio

from hookscope.tunnel.direct import DirectTunnel


async def test_the_users_own_address_is_the_public_one() -> None:
    tunnel = DirectTunnel("https://hooks.example.com")
    assert await tunnel.open("http://127.0.0.1:1") == "https://hooks.example.com"
    assert tunnel.provider == "none"


async def test_without_one_the_receivers_own_address_is() -> None:
    assert await DirectTunnel().open("http://127.0.0.1:1") == "http://127.0.0.1:1"


async def test_it_is_never_lost_and_closes_as_often_as_one_likes() -> None:
    tunnel = DirectTunnel()
    waiting = asyncio.create_task(tunnel.lost())
    await asyncio.wait({waiting}, timeout=0.02)
    assert not waiting.done()
    waiting.cancel()
    await tunnel.close()
    await tunnel.close()
