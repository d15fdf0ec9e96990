import asyncio
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Kind, Run
from hookscope.settings import Route
from tests.support.captures import SECRET, WHEN, batch_body, feed_body, make_capture
from tests.support.program import COMMAND, Home, call


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("apple", "delivered  not sent yet to http://localhost:3000/hook"),
        ("pear", "delivered  not sent to any app: no route matches it"),
    ],
)
async def test_an_unsent_capture_has_a_reason(tmp_path: Path, text: str, told: str) -> None:
    home = Home(tmp_path / "home")
    route = Route(target="http://localhost:3000/hook", filter="apple")
    async with JournalWriter(home.journal) as journal:
        run = await journal.begin_run(
            Run(app_id="1", objects=("page",), targets=(route.target,), routes=(route,), started_at=WHEN)
        )
        await journal.append(make_capture(feed_body(text), run_id=run.id))
    assert told in (await call(home, "captures", "show", "last")).stdout


async def test_an_event_of_a_batch_is_shown_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    async with JournalWriter(home.journal) as journal:
        for body in (batch_body("one"), batch_body("two", "one")):
            await journal.append(make_capture(body), identify=Capture.identify)
    whole, alone = [await call(home, "captures", "show", name, "--json") for name in ("2", "2.2")]
    (shown,), (batch,) = alone.objects, whole.objects
    assert [event["summary"] for event in shown["events"]] == ["text from 4670: one"]
    assert (shown["id"], shown["duplicate_of"], shown["events"][0]["duplicate_of"]) == (2, 1, 1)
    assert (batch["duplicate_of"], shown["signature"]) == (None, batch["signature"])
    assert (await call(home, "captures", "show", "2.2", "--raw")).stdout.rstrip("\n").encode() == batch_body("one")
    assert (await call(home, "captures", "show", "2.2")).stdout.startswith("#2.2  ")
    missing = await call(home, "captures", "show", "2.3")
    assert (missing.code, missing.stdout) == (2, "")
    assert "there is no #2.3: the body holds 2" in missing.stderr


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


async def test_a_signature_that_does_not_fit_is_explained(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    body = feed_body()
    spoilt = make_capture(body, signature=Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256", reason="no"))
    spoilt = replace(spoilt, request=replace(spoilt.request, body=body + b"\n"))
    async with JournalWriter(home.journal) as journal:
        await journal.append(spoilt)
        await journal.append(make_capture(body))
    told = await call(home, "captures", "show", "1")
    assert "signature  invalid: no\n           the signature cannot be checked here\n" in told.stdout
    home.environment["HOOKSCOPE_APP_SECRET"] = SECRET
    told = await call(home, "captures", "show", "1")
    assert "           a newline was added at the end\n" in told.stdout
    assert "           → verify the raw bytes" in told.stdout
    finding = json.loads((await call(home, "captures", "show", "1", "--json")).stdout)["signature"]["finding"]
    assert (finding["id"], finding["state"]) == ("signature.newline-added", "failed")
    assert json.loads((await call(home, "captures", "show", "2", "--json")).stdout)["signature"]["finding"] is None


async def test_a_changed_replay_is_compared_with_its_original(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.environment["HOOKSCOPE_APP_SECRET"] = SECRET
    original = make_capture(feed_body("one"))
    changed = replace(
        original,
        replay_of=1,
        request=replace(original.request, body=feed_body("two")),
        signature=Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256"),
    )
    async with JournalWriter(home.journal) as journal:
        await journal.append(original)
        await journal.append(changed)
    assert "the body was edited after it was signed" in (await call(home, "captures", "show", "2")).stdout


async def test_unknown_parts_of_a_body_are_named_on_request(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    async with JournalWriter(home.journal) as journal:
        await journal.append(make_capture(feed_body("one", mood="good\x1b")))
        await journal.append(make_capture(feed_body("two")))
        await journal.append(make_capture(b"\xff"))
        await journal.append(make_capture(kind=Kind.STRAY))
    assert "lint" not in (await call(home, "captures", "show", "1")).stdout
    told = await call(home, "captures", "show", "1", "--lint")
    assert (
        "\nlint       page.feed has the key mood, which none of its samples has\n           → have your app"
        in told.stdout
    )
    (finding,) = json.loads((await call(home, "captures", "show", "1", "--lint", "--json")).stdout)["lint"]
    assert finding["id"] == "payload.unknown-key"
    known = await call(home, "captures", "show", "2", "--lint")
    assert ("lint" in known.stdout, "all of it is documented" in known.stderr) == (False, True)
    for capture_id, reason in (("3", "the body is not UTF-8"), ("4", "it is a stray")):
        assert f"nothing to lint: {reason}" in (await call(home, "captures", "show", capture_id, "--lint")).stderr
