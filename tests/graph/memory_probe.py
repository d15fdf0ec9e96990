"""A probe of the callbacks of a MemoryGraph."""

from msgspec import Struct

from tests.graph.memory_graph import MemoryGraph


class Verdict(Struct, frozen=True):
    ok: bool
    diagnosis: str | None


class MemoryProbe:
    def __init__(self, graph: MemoryGraph) -> None:
        self._graph = graph

    async def __call__(self, callback_url: str, *, verify_token: str, challenge: str, timeout: float) -> Verdict:
        assert challenge.isdecimal()
        assert timeout > 0
        ok = callback_url not in self._graph.down and self._graph.tokens.get(callback_url) == verify_token
        return Verdict(ok, None if ok else "it does not pass")
