"""`hookscope trigger` as a program, straight to an application that really listens."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from hookscope.journal.reader import JournalReader
from tests.support.application import Application
from tests.support.program import COMMAND, Home, call, start
from tests.support.until import until

SAMPLE = ("trigger", "page.feed.comment")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


async def write_to(home: Home, stdout: int, url: str, count: int) -> tuple[int, str]:
    """Exit code of a trigger that writes to this descriptor, and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, *SAMPLE, "--to", url, "--count", str(count)),
        stdout=stdout,
        stderr=PIPE,
        env=home.environment,
        cwd=home.work,
    )
    _, said = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_stopped_before_the_app_answers_what_was_sent_is_kept(home: Home) -> None:
    async with (
        Application(hold=asyncio.Event()) as app,
        start(home, *SAMPLE, "--to", app.url, "--count", "3", "--json") as program,
    ):
        await until(lambda: app.received)
        program.send(signal.SIGINT)
        assert await program.end() == 8
        (sent,) = app.received
    assert program.of("delivery")[0]["error"] == "stopped before it was answered"
    assert "2 of 3 were not sent; 1 of 1 failed" in program.errors
    with JournalReader(home.journal) as history:
        (kept,) = history.captures_by_id(history.ids()).values()
    assert kept.request.body == sent.body


@pytest.mark.slow
async def test_a_reader_that_leaves_ends_it(home: Home) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    async with Application() as app:
        code, said = await write_to(home, writing, app.url, 1000)
        os.close(writing)
        assert 0 < len(app.received) < 1000
    assert (code, f"{1000 - len(app.received)} of 1,000 were not sent" in said) == (8, True)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
async def test_a_stdout_that_is_full_is_a_failure_that_says_what_was_sent(home: Home) -> None:
    async with Application() as app:
        with Path("/dev/full").open("w") as full:
            code, said = await write_to(home, full.fileno(), app.url, 3)
    assert (code, len(app.received)) == (1, 1)
    assert "1 sent and recorded with their outcome; 2 not sent" in said


async def test_a_count_is_of_the_number_that_was_set_and_says_so(home: Home) -> None:
    given = ("--set-default", "phone_number_id=42", "--set-default", "waba_id=7", "--count", "2")
    async with Application() as app:
        done = await call(home, "trigger", "whatsapp.messages", "--to", app.url, *given)
        entries = [json.loads(received.body)["entry"][0] for received in app.received]
    assert [entry["id"] for entry in entries] == ["7", "7"]
    assert [entry["changes"][0]["value"]["metadata"]["phone_number_id"] for entry in entries] == ["42", "42"]
    assert "as WhatsApp account 7, number 15550783881 (phone number id 42)" in done.stderr


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (("whatsapp.messages", "--set-default", "phone_id=1"), "did you mean phone_number_id"),
        (("whatsapp.messages", "--set-default", "waba_id"), "names no id"),
        (("whatsapp.messages.user_id", "--no-user-ids"), "cannot be sent without"),
        (("page.feed.comment", "--source"), "--source needs --list"),
    ],
)
async def test_options_of_samples_that_make_no_sense_send_nothing(
    home: Home, given: tuple[str, ...], reason: str
) -> None:
    async with Application() as app:
        done = await call(home, "trigger", *given, "--to", app.url)
        assert (done.code, app.received) == (2, [])
    assert reason in done.stderr


async def test_without_user_ids_a_message_is_as_before(home: Home) -> None:
    async with Application() as app:
        await call(home, "trigger", "whatsapp.messages", "--no-user-ids", "--to", app.url)
        assert b"user_id" not in app.received[0].body


async def test_the_list_says_where_shapes_come_from(home: Home) -> None:
    listed = await call(home, "trigger", "--list", "--source", "messages.edit")
    assert "    documented by Meta: WhatsApp: Edit messages webhook reference (Jul 20, 2026), read" in listed.stdout
    listed = await call(home, "trigger", "--list", "--json", "page.picture")
    assert json.loads(listed.stdout)["source"]["kind"] == "general"
