"""Peers that are measured leave nothing behind."""

from tests.bench.peers.process import running
from tests.support.processes import family, is_running, needs_proc
from tests.support.until import until


@needs_proc
async def test_what_a_peer_has_started_ends_with_it() -> None:
    async with running("sh", "-c", "sleep 600 & wait") as peer:
        pids = await until(lambda: found if len(found := family(peer.pid)) > 1 else [])
    await until(lambda: not any(map(is_running, pids)))
