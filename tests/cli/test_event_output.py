from collections.abc import Sequence

import pytest

from hookscope.cli import event_output
from hookscope.cli.line_helper import LineHelper
from hookscope.model.feed import Feed
from hookscope.model.run_events import Phase, PhaseChanged, ReceiverListening, RunEvent, TunnelUp
from hookscope.settings import Output


@pytest.mark.parametrize("mode", [Output.JSON, Output.PLAIN])
async def test_only_a_run_that_has_started_gathers_its_items(monkeypatch: pytest.MonkeyPatch, mode: Output) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("hookscope.cli.event_output.asyncio.sleep", pause)
    start: Sequence[RunEvent] = [
        ReceiverListening(url="http://127.0.0.1:1"),
        TunnelUp(provider="none", public_url="http://127.0.0.1:1"),
    ]
    feed = Feed()
    with feed.subscribe() as subscriber, LineHelper(mode) as helper:
        reading = event_output._read(subscriber, mode, helper)
        for item in start:
            feed.publish(item)
            assert await anext(reading) == [item]
        feed.publish(PhaseChanged(phase=Phase.LIVE))
        await anext(reading)
        assert pauses == []

        feed.close()
        assert [batch async for batch in reading] == []
        assert pauses == [event_output._PAUSE_SECONDS]
