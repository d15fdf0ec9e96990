import asyncio
from pathlib import Path

import pytest

from hookscope.journal.writer import JournalWriter
from hookscope.model.record import Run
from hookscope.settings import Route
from tests.support.captures import WHEN, feed_body, make_capture
from tests.support.program import COMMAND, Home, call


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
    async with JournalWriter(home.journal) as journal:
        run = await journal.begin_run(
            Run(app_id="1", objects=("page",), targets=(route.target,), routes=(route,), started_at=WHEN)
        )
        await journal.append(make_capture(feed_body(text), run_id=run.id))
    assert told in (await call(home, "captures", "show", "last")).stdout


@pytest.mark.slow
async def test_a_locale_without_the_characters_gets_question_marks(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    async with JournalWriter(home.journal) as journal:
        await journal.append(make_capture(feed_body("Grüße 日 🎉")))
    for encoding, told in (("latin-1", "Gr\xfc\xdfe ? ?"), ("ascii", "Gr??e ? ?"), ("utf-8", "Grüße 日 🎉")):
        for command in (("ls",), ("captures", "show", "1")):
            process = await asyncio.create_subprocess_exec(
                *(*COMMAND, *command),
                env={**home.environment, "PYTHONIOENCODING": encoding},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            said, complaint = await process.communicate()
            assert (process.returncode, complaint) == (0, b"")
            assert told in said.decode(encoding)
