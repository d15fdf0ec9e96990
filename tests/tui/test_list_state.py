from types import SimpleNamespace
from typing import Any

import pytest

from hookscope.tui.render.columns import columns, heading, list_state
from hookscope.tui.theme import extent


@pytest.mark.parametrize("forwarding", [True, False])
def test_a_pause_never_covers_a_column(forwarding: bool) -> None:
    timeline: Any = SimpleNamespace(paused=True, waiting=123_456, following=False, unseen=0)
    for width in range(50, 200, 7):
        shape = columns(width, forwarding=forwarding)
        pieces = heading(shape, list_state(timeline, shape.summary))
        told = "".join(text for _, text in pieces)
        assert extent(pieces) <= width
        assert "EVENT" in told, width
        assert "SIG ANS" in told, width
        assert "SUMMARY" in told or "WHO" in told or width < 55, width
        assert "‖" in told, width
