"""The delay before a call is repeated."""

import pytest

from hookscope.graph.transport import retry_delay
from hookscope.meta.graph_error import GraphFault

SERVICE = GraphFault(status=400, message="", code=2)
LIMIT = GraphFault(status=400, message="", code=17)
VERIFICATION = GraphFault(status=400, message="", code=2200)


@pytest.mark.parametrize(
    ("method", "fault", "pauses"),
    [
        ("GET", SERVICE, [0.5, 1.5, None]),
        ("DELETE", None, [0.5, 1.5, None]),
        ("GET", LIMIT, [2.0, 5.0, None]),
        ("GET", VERIFICATION, [None]),
        ("POST", SERVICE, [1.0, None]),
        ("POST", None, [None]),
        ("POST", LIMIT, [None]),
        ("POST", VERIFICATION, [None]),
    ],
)
def test_the_wait_grows_after_each_attempt(method: str, fault: GraphFault | None, pauses: list[float | None]) -> None:
    assert [retry_delay(method, fault, tried) for tried in range(1, len(pauses) + 1)] == pauses
