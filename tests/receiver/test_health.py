"""`GET /healthz` tells whether captures can be kept, where that is asked for, and is no capture."""

from pathlib import Path

from tests.receiver.test_server import open_door


async def test_it_is_answered_by_what_is_known_and_not_kept(tmp_path: Path) -> None:
    healthy = [True, False]
    async with open_door(tmp_path, is_healthy=lambda: healthy.pop(0)) as door:
        for status, body in ((200, "healthy"), (503, "captures cannot be kept")):
            async with door.client.get(f"{door.receiver.url}/healthz") as answer:
                assert (answer.status, await answer.text()) == (status, body)
        async with door.client.post(f"{door.receiver.url}/healthz") as answer:
            assert answer.status == 404
        assert [one.request.method for one in door.captures()] == ["POST"]


async def test_elsewhere_it_is_a_stray(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        async with door.client.get(f"{door.receiver.url}/healthz") as answer:
            assert answer.status == 404
        assert [one.request.target for one in door.captures()] == ["/healthz"]
