from pathlib import Path

import pytest

from hookscope.capture.journal import Journal
from hookscope.capture.record import Run
from hookscope.settings import Route
from tests.support.captures import WHEN, feed_body, make_capture
from tests.support.program import Home, call


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("apple", "delivered  not sent so far to http://localhost:3000/hook"),
        ("pear", "delivered  not sent to any application: no route wants it"),
    ],
)
async def test_what_was_not_sent_tells_why(tmp_path: Path, text: str, told: str) -> None:
    home = Home(tmp_path / "home")
    route = Route(target="http://localhost:3000/hook", filter="apple")
    async with Journal(home.journal) as journal:
        run = await journal.begin_run(
            Run(app_id="1", objects=("page",), targets=(route.target,), routes=(route,), started_at=WHEN)
        )
        await journal.append(make_capture(feed_body(text), run_id=run.id))
    assert told in (await call(home, "captures", "show", "last")).stdout
