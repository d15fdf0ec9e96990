import asyncio
import sys
from collections.abc import Sequence

import pytest

from hookscope.cli import event_output
from hookscope.cli.line_helper import LineHelper
from hookscope.model.feed import Feed
from hookscope.model.run_events import Captured, Phase, PhaseChanged, ReceiverListening, RunEvent, TunnelUp
from hookscope.settings import Output
from tests.support.captures import make_capture
from tests.support.until import until


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


@pytest.mark.parametrize("mode", [Output.JSON, Output.PLAIN])
async def test_what_is_written_is_not_kept_until_the_next_item_comes(mode: Output) -> None:
    item, feed = Captured(capture=make_capture(id=1)), Feed()
    held = sys.getrefcount(item)
    with feed.subscribe() as subscriber:
        showing = asyncio.create_task(event_output.show_run(subscriber, mode))
        feed.publish(PhaseChanged(phase=Phase.LIVE))
        feed.publish(item)
        assert sys.getrefcount(item) > held
        await until(lambda: sys.getrefcount(item) == held)
        feed.close()
        await showing


async def test_a_burst_is_written_without_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("hookscope.cli.event_output.asyncio.sleep", pause)
    feed = Feed()
    with feed.subscribe() as subscriber, LineHelper(Output.JSON) as helper:
        feed.publish(PhaseChanged(phase=Phase.LIVE))
        for number in range(1, 1200):
            feed.publish(Captured(capture=make_capture(id=number)))
        feed.close()
        sizes = [len(batch) async for batch in event_output._read(subscriber, Output.JSON, helper)]
    assert sizes == [512, 512, 176]
    assert len(pauses) == 1
