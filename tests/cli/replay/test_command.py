"""`hookscope replay` as a program, against an application that really listens."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hookscope.journal.reader import JournalReader
from hookscope.journal.writer import JournalWriter
from hookscope.meta.signature import SHA256_HEADER, Signature, SignatureVerdict, judge, sign
from hookscope.model.record import Capture, Cause, Delivery, Kind, Run, Source
from hookscope.model.timestamps import now
from hookscope.sandbox.address import made_up_secret
from hookscope.settings import Route
from tests.support.application import Application, Sent
from tests.support.captures import SECRET, WHEN, feed_body, make_capture, make_handshake, signed
from tests.support.program import COMMAND, Home, call, start
from tests.support.slow import slow_rows_after
from tests.support.terminal import on_terminal
from tests.support.until import until

SECRETIVE = {"HOOKSCOPE_APP_SECRET": SECRET}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
async def app() -> AsyncIterator[Application]:
    async with Application() as app:
        yield app


async def keep(home: Home, *captures: Capture, run: Run | None = None) -> None:
    """Put captures into the user's journal, as those of a run if one is given."""
    async with JournalWriter(home.journal) as journal:
        begun = await journal.begin_run(run) if run else None
        for capture in captures:
            await journal.append(replace(capture, run_id=begun.id if begun else None))


def numbered(*numbers: int) -> list[Capture]:
    return [make_capture(feed_body(f"number {number}")) for number in numbers]


def bodies(*numbers: int) -> list[bytes]:
    return [feed_body(f"number {number}") for number in numbers]


def history_of(home: Home, number: int) -> tuple[Capture | None, list[Delivery]]:
    with JournalReader(home.journal) as history:
        return history.capture(number), history.deliveries(number)


def verdict(sent: Sent, secret: str = SECRET) -> SignatureVerdict:
    headers = [(name.encode(), value.encode()) for name, value in sent.headers]
    return judge(headers, sent.body, (secret,)).verdict


async def test_bytes_and_signature_arrive_unchanged_and_the_replay_names_its_original(
    home: Home, app: Application
) -> None:
    await keep(home, *numbered(1, 2))
    done = await call(home, "replay", "2", "1", "--to", app.url, "--json")
    assert done.code == 0, done.stderr
    assert [sent.body for sent in app.received] == bodies(2, 1)
    assert [sent.header(SHA256_HEADER) for sent in app.received] == [sign(body, SECRET) for body in bodies(2, 1)]
    first, second, summary = done.objects
    assert (first["type"], first["cause"], first["capture_id"], first["status"]) == ("delivery", "replay", 2, 200)
    assert [first["replay_id"], second["replay_id"]] == [3, 4]
    assert (summary["type"], summary["v"], summary["sent"], summary["2xx"]) == ("summary", 1, 2, 2)
    assert (summary["not_sent"], summary["exit_code"]) == (0, 0)
    kept, _ = history_of(home, 3)
    assert kept
    assert (kept.source, kept.replay_of, kept.reply.status) == (Source.REPLAY, 2, 200)
    assert history_of(home, 2)[1][0].replay_id == 3
    assert "sent 2 · 2xx 2 · 4xx 0 · 5xx 0 · unanswered 0 · p50 " in done.stderr


async def test_numbers_ranges_and_the_last_one(home: Home, app: Application) -> None:
    await keep(home, *numbered(1, 2, 3, 4, 5))
    assert (await call(home, "replay", "2..3", "last", "#1", "4..", "--to", app.url)).code == 0
    assert [sent.body for sent in app.received] == bodies(2, 3, 5, 1, 4, 5)


@pytest.mark.slow
async def test_a_range_or_a_filter_means_what_an_app_is_there_for(home: Home, app: Application) -> None:
    stray = make_capture(b"x", kind=Kind.STRAY)
    forged = make_capture(feed_body("forged"), signature=Signature(verdict=SignatureVerdict.INVALID))
    await keep(home, *numbered(1), make_handshake(), stray, forged, *numbered(5))
    assert (await call(home, "replay", "1..", "--to", app.url)).code == 0
    assert (await call(home, "replay", "--filter", "object:page", "--to", app.url)).code == 0
    assert (await call(home, "replay", "--since", "5200w", "--to", app.url)).code == 0
    assert [sent.body for sent in app.received] == bodies(1, 5) * 3
    app.received.clear()
    assert (await call(home, "replay", "--filter", "sig:invalid", "--to", app.url)).code == 0
    assert [sent.body for sent in app.received] == [feed_body("forged")]
    app.received.clear()
    assert (await call(home, "replay", "--filter", "is:replay id:..7", "--to", app.url)).code == 0
    assert [sent.body for sent in app.received] == bodies(1, 5)
    assert (await call(home, "replay", "3", "--to", app.url)).code == 0
    assert app.received[-1].body == b"x"
    none = await call(home, "replay", "--filter", "field:nothing", "--to", app.url)
    assert (none.code, "no capture matches" in none.stderr) == (2, True)
    for chosen in (("3..4",), ("2..2",), ("--filter", "kind:stray")):
        unusual = await call(home, "replay", *chosen, "--to", app.url)
        assert unusual.code == 2
        assert "only strays, forgeries, handshakes, or replays match" in unusual.stderr


async def test_a_header_of_bytes_that_are_no_text_is_sent_as_it_was_typed(home: Home, app: Application) -> None:
    await keep(home, *numbered(1))
    typed = os.fsdecode(b"X-Stage: \xff")
    done = await call(home, "replay", "1", "--to", app.url, "--header", typed)
    assert done.code == 0, done.stderr
    assert (app.received[0].header("X-Stage") or "").encode("latin-1") == b"\xff"


async def test_what_logs_in_at_the_app_is_sent_and_not_kept(home: Home, app: Application) -> None:
    captured = make_capture()
    lines = (*captured.request.headers, (b"X-Api-Key", b"received"))
    await keep(home, replace(captured, request=replace(captured.request, headers=lines)))
    given = ("--header", "Authorization: Bearer hidemehideme", "--header", "X-Stage: dev")
    done = await call(home, "replay", "1", "--to", app.url, *given)
    assert app.received[0].header("Authorization") == "Bearer hidemehideme"
    kept, _ = history_of(home, 2)
    assert kept
    assert kept.request.headers[-2:] == ((b"Authorization", b"REDACTED"), (b"X-Stage", b"dev"))
    assert (b"X-Api-Key", b"received") in kept.request.headers
    assert b"hidemehideme" not in home.journal.read_bytes() + (done.stdout + done.stderr).encode()


async def test_without_an_address_each_goes_where_its_run_forwarded(home: Home, app: Application) -> None:
    async with Application() as other:
        for target in (app.url, other.url):
            run = Run(app_id="1", objects=("page",), targets=(target,), started_at=WHEN)
            await keep(home, make_capture(feed_body(target)), run=run)
        assert (await call(home, "replay", "1..")).code == 0
        assert [sent.body for sent in app.received] == [feed_body(app.url)]
        assert [sent.body for sent in other.received] == [feed_body(other.url)]
        await keep(home, make_capture())
        lost = await call(home, "replay", "1..")
        assert (lost.code, "no run captured #5" in lost.stderr, "--to" in lost.stderr) == (2, True, True)
        assert len(app.received) == 1


async def test_of_several_applications_each_goes_where_it_was_routed_to(home: Home, app: Application) -> None:
    async with Application() as other:
        run = Run(app_id="1", objects=("page",), targets=(app.url, other.url), started_at=WHEN)
        await keep(home, *numbered(1, 2), run=run)
        async with JournalWriter(home.journal) as journal:
            await journal.add_deliveries(
                Delivery(capture_id=2, cause=Cause.FORWARD, target=other.url, sent_at=WHEN, status=200, elapsed_ms=1.0)
            )
        assert (await call(home, "replay", "1..")).code == 0
        assert [sent.body for sent in app.received] == bodies(1)
        assert [sent.body for sent in other.received] == bodies(2)


@pytest.mark.slow
async def test_of_several_applications_the_one_that_failed_gets_it_again(home: Home, app: Application) -> None:
    async with Application() as other:
        run = Run(app_id="1", objects=("page",), targets=(app.url, other.url), started_at=WHEN)
        await keep(home, *numbered(1, 2), run=run)
        sent: dict[str, Any] = {"cause": Cause.FORWARD, "sent_at": WHEN, "elapsed_ms": 1.0}
        async with JournalWriter(home.journal) as journal:
            for target, status in ((app.url, 503), (other.url, 200)):
                await journal.add_deliveries(Delivery(capture_id=2, target=target, status=status, **sent))
        assert (await call(home, "replay", "--filter", "app:5xx")).code == 0
        assert ([one.body for one in app.received], other.received) == (bodies(2), [])
        assert (await call(home, "replay", "--filter", "app:5xx")).code == 2  # There is no such capture anymore.


async def test_unsent_captures_go_to_the_application_whose_route_matches(home: Home, app: Application) -> None:
    async with Application() as other:
        routes = (Route(target=app.url, filter="field:messages"), Route(target=other.url, filter="field:feed"))
        run = Run(app_id="1", objects=("page",), targets=(app.url, other.url), routes=routes, started_at=WHEN)
        await keep(home, *numbered(1), run=run)
        assert (await call(home, "replay", "1")).code == 0
        assert (len(app.received), [sent.body for sent in other.received]) == (0, bodies(1))


async def test_other_values_are_signed_again_as_meta_would(home: Home, app: Application) -> None:
    await keep(home, *numbered(1))
    arguments = ("replay", "1", "--to", app.url, "--set", "value.message=größer <b> 100%", "--set", "value.item=post")
    done = await call(home, *arguments, environment=SECRETIVE)
    assert done.code == 0, done.stderr
    assert app.received[0].body == feed_body("größer <b> 100%", item="post")
    assert verdict(app.received[0]) is SignatureVerdict.VALID
    original, _ = history_of(home, 1)
    assert original
    assert original.request.body == feed_body("number 1")
    assert SECRET not in done.stdout + done.stderr


async def test_without_the_secret_nothing_is_sent(home: Home, app: Application) -> None:
    await keep(home, *numbered(1, 2))
    done = await call(home, "replay", "1", "2", "--to", app.url, "--set", "value.message=x")
    assert done.code == 2
    assert "#1 cannot be signed again without the app secret" in done.stderr
    assert "HOOKSCOPE_APP_SECRET" in done.stderr
    assert app.received == []
    left = await call(home, "replay", "1", "--to", app.url, "--set", "value.message=x", "--no-resign")
    assert left.code == 0
    assert verdict(app.received[0]) is SignatureVerdict.INVALID


async def test_one_that_cannot_be_changed_so_stops_all_of_them(home: Home, app: Application) -> None:
    await keep(home, *numbered(1), make_capture(b'{"object":"page","entry":[]}'))
    done = await call(home, "replay", "1..", "--to", app.url, "--set", "value.a=1", "--add", environment=SECRETIVE)
    assert (done.code, "#2 cannot be changed that way" in done.stderr, app.received) == (2, True, [])


@pytest.mark.slow
async def test_what_a_sandbox_sent_can_be_signed_again_after_its_end(home: Home, app: Application) -> None:
    secret = made_up_secret("77").reveal()
    body = feed_body("demo")
    headers = tuple((name.encode(), value.encode()) for name, value in signed(body, secret).items())
    demo = make_capture(body, source=Source.SANDBOX)
    run = Run(app_id="77", objects=("page",), targets=(), started_at=WHEN)
    await keep(home, replace(demo, request=replace(demo.request, headers=headers)), run=run)
    for environment in ({}, SECRETIVE):
        done = await call(home, "replay", "1", "--to", app.url, "--set", "value.item=x", environment=environment)
        assert done.code == 0, done.stderr
        assert verdict(app.received[-1], secret) is SignatureVerdict.VALID


async def test_a_body_edited_by_hand(home: Home, app: Application, tmp_path: Path) -> None:
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys; from pathlib import Path; path = Path(sys.argv[1])\n"
        "path.write_text(path.read_text().replace('number 1', 'edited'))"
    )
    await keep(home, *numbered(1, 2))
    editor = {"EDITOR": f"{sys.executable} {script}", **SECRETIVE}
    assert (await call(home, "replay", "1", "2", "--to", app.url, "--edit", environment=editor)).code == 0
    assert [sent.body for sent in app.received] == [feed_body("edited"), *bodies(2)]
    assert all(verdict(sent) is SignatureVerdict.VALID for sent in app.received)


async def test_again_and_again_at_the_same_time(home: Home, app: Application) -> None:
    await keep(home, *numbered(*range(1, 11)))
    arguments = ("--repeat", "5", "--dup", "1", "--concurrency", "8", "--json")
    done = await call(home, "replay", "1..10", "--to", app.url, *arguments)
    assert done.code == 0
    assert Counter(sent.body for sent in app.received) == Counter(bodies(*range(1, 11)) * 10)
    assert done.objects[-1]["sent"] == 100


@pytest.mark.slow
async def test_faults_on_purpose(home: Home, app: Application) -> None:
    await keep(home, *numbered(*range(1, 21)))
    arguments = ("replay", "1..20", "--to", app.url, "--shuffle", "--drop", "25%", "--delay", "0ms..1ms", "--json")
    runs = []
    for _ in range(2):
        done = await call(home, *arguments, "--seed", "s")
        assert (done.code, done.objects[-1]["dropped"], done.objects[-1]["sent"]) == (0, 5, 15)
        runs.append([sent.body for sent in app.received])
        app.received.clear()
    assert runs[0] == runs[1]
    assert runs[0] != [body for body in bodies(*range(1, 21)) if body in runs[0]]
    await call(home, "replay", "1", "--to", app.url, "--bad-signature")
    await call(home, "replay", "1", "--to", app.url, "--truncate", "10")
    bad, cut = app.received
    assert (bad.body, verdict(bad)) == (bodies(1)[0], SignatureVerdict.INVALID)
    assert (cut.body, cut.header(SHA256_HEADER)) == (bodies(1)[0][:10], sign(bodies(1)[0], SECRET))


async def test_the_original_gaps_are_kept(home: Home, app: Application) -> None:
    first, second = numbered(1, 2)
    await keep(home, first, replace(second, received_at=WHEN + timedelta(seconds=30)))
    began = now()  # The first may be late, and then the gap is shorter.
    assert (await call(home, "replay", "1..2", "--to", app.url, "--speed", "100")).code == 0
    (_, (delivery,)) = history_of(home, 2)
    assert delivery.sent_at - began >= timedelta(seconds=0.299)


async def test_whatever_is_not_2xx_is_a_failure(home: Home, app: Application) -> None:
    await keep(home, *numbered(1, 2))
    app.status = 500
    done = await call(home, "replay", "1..2", "--to", app.url, "--json")
    assert (done.code, done.objects[-1]["5xx"], done.objects[-1]["exit_code"]) == (8, 2, 8)
    assert "2 of 2 failed; the first, #1: HTTP 500" in done.stderr


async def test_an_application_that_is_down(home: Home) -> None:
    await keep(home, *numbered(1))
    async with Application() as app:
        url = app.url
    done = await call(home, "replay", "1", "--to", url)
    assert done.code == 8
    assert "unanswered 1" in done.stderr
    assert "connection refused" in done.stderr
    kept, _ = history_of(home, 2)
    assert kept
    assert (kept.replay_of, kept.reply.status) == (1, None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_interrupted_everything_that_was_sent_is_kept(home: Home, number: signal.Signals) -> None:
    await keep(home, *numbered(*range(1, 11)))
    async with Application() as app:
        async with start(home, "replay", "1..10", "--to", app.url, "--max-rps", "0.1", "--json") as program:
            await program.next("delivery")
            program.send(number)
            assert await program.end() == 8
        assert (program.of("summary")[0]["sent"], program.of("summary")[0]["not_sent"]) == (1, 9)
        assert "9 of 10 were not sent" in program.errors
        assert len(app.received) == 1
    with JournalReader(home.journal) as history:
        assert len(history.ids()) == 11


async def test_a_second_interrupt_waits_for_no_answer(home: Home) -> None:
    await keep(home, *numbered(1))
    async with (
        Application(hold=asyncio.Event()) as app,
        start(home, "replay", "1", "--to", app.url, "--json") as program,
    ):
        await until(lambda: app.received)
        program.send(signal.SIGINT)
        assert await program.end() == 8
    assert program.of("delivery")[0]["error"] == "stopped before it was answered"


@pytest.mark.slow
async def test_a_reader_that_leaves_ends_it(home: Home, app: Application) -> None:
    await keep(home, *numbered(*range(1, 201)))
    reading, writing = os.pipe()
    os.close(reading)
    arguments = ("replay", "1..", "--repeat", "50", "--to", app.url)
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, stdout=writing, stderr=PIPE, env=home.environment, cwd=home.work
    )
    os.close(writing)
    await process.communicate()
    assert process.returncode == 8
    assert 0 < len(app.received) < 10_000
    with JournalReader(home.journal) as history:
        assert len(history.ids()) == 200 + len(app.received)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
async def test_a_stdout_that_is_full_is_a_failure(home: Home, app: Application) -> None:
    await keep(home, *numbered(1))
    with Path("/dev/full").open("w") as full:
        arguments = ("replay", "1", "--to", app.url, "--json")
        process = await asyncio.create_subprocess_exec(
            *COMMAND, *arguments, stdout=full, stderr=PIPE, env=home.environment, cwd=home.work
        )
        _, said = await process.communicate()
    assert process.returncode == 1
    assert b"stdout cannot be written: No space left on device" in said
    assert b"1 sent" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    slow_rows_after(
        5,
        [
            ((), "no captures are named"),
            (("99",), "there is no capture #99"),
            (("3..1",), "is not a range"),
            (("x",), "not a capture id"),
            (("1", "--speed", "2", "--max-rps", "3"), "--speed and --max-rps contradict"),
            (("1", "--bad-signature", "--resign"), "contradict"),
            (("1", "--repeat", "9" * 30), "is not in the range"),
            (("1", "--dup", "9" * 30), "is not in the range"),
            (("1", "--repeat", "100000000", "--dup", "1"), "200,000,000 requests are too many to send"),
            (("1", "--drop", "200%"), "neither a number nor a share"),
            (("1", "--delay", "5"), "is not a duration"),
            (("1", "--set", "nothing"), "is not an override"),
            (("1", "--set", "value.mesage=x"), "did you mean 'message'?"),
            (("1", "--add"), "--add needs --set"),
            (("1", "--since", "x"), "is not a duration"),
            (("1", "--since", ""), "is not a duration"),
            (("1", "--filter", "kind:x"), "kind:x"),
            (("1", "--to", "no address"), "no address"),
            (("1", "--app-secret", "x"), "does not belong on the command line"),
        ],
    ),
)
async def test_invalid_input_is_reported_before_anything_is_sent(
    home: Home, app: Application, arguments: tuple[str, ...], message: str
) -> None:
    await keep(home, *numbered(1))
    to = () if "--to" in arguments else ("--to", app.url)
    done = await call(home, "replay", *arguments, *to)
    assert (done.code, message in done.stderr) == (2, True), done.stderr
    assert app.received == []


@pytest.mark.slow
async def test_on_a_terminal_a_body_that_is_no_json_is_edited_again(
    home: Home, app: Application, tmp_path: Path
) -> None:
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys; from pathlib import Path; path = Path(sys.argv[1]); text = path.read_text()\n"
        "path.write_text('{\"a\": 1}' if text == '{' else '{')"
    )
    await keep(home, *numbered(1))
    editor = {"EDITOR": f"{sys.executable} {script}", **SECRETIVE}
    async with on_terminal(home, "replay", "1", "--to", app.url, "--edit", environment=editor) as terminal:
        await terminal.shows("the body is not JSON")
        await terminal.shows("Open the editor again?")
        terminal.type("y\r")
        assert await terminal.end() == 0
    assert app.received[0].body == b'{"a":1}'
    assert verdict(app.received[0]) is SignatureVerdict.VALID


@pytest.mark.slow
async def test_on_a_terminal_a_bar_shows_how_far_it_is(home: Home, app: Application) -> None:
    await keep(home, *numbered(*range(1, 101)))
    async with on_terminal(home, "replay", "1..", "--to", app.url, "--max-rps", "300") as terminal:
        await terminal.shows("━")
        await terminal.shows("/100  ")
        assert await terminal.end() == 0
        await terminal.shows("sent 100 · 2xx 100")
        assert b"<--" not in terminal.screen


async def test_headers_of_ones_own_are_sent_and_kept(home: Home, app: Application) -> None:
    await keep(home, *numbered(1))
    assert (await call(home, "replay", "1", "--to", app.url, "--header", "X-Stage: dev")).code == 0
    assert app.received[0].header("X-Stage") == "dev"
    kept, _ = history_of(home, 2)
    assert kept
    assert (b"X-Stage", b"dev") in kept.request.headers


@pytest.mark.slow
async def test_a_handshake_is_asked_again_and_its_answer_judged(home: Home, app: Application) -> None:
    await keep(home, make_handshake())
    app.answer = b"1158201444"
    assert (await call(home, "replay", "1", "--to", app.url)).code == 0
    assert app.received[0].method == "GET"
    assert app.received[0].target == f"/hook?{make_handshake().request.target.partition('?')[2]}"
    app.answer = b"hello"
    wrong = await call(home, "replay", "1", "--to", app.url)
    assert (wrong.code, "1 of 1 failed; the first, #1: " in wrong.stderr) == (8, True)


@pytest.mark.slow
async def test_ctrl_c_on_a_terminal_ends_with_the_summary(home: Home, app: Application) -> None:
    await keep(home, *numbered(*range(1, 101)))
    async with on_terminal(home, "replay", "1..", "--to", app.url, "--max-rps", "5") as terminal:
        await terminal.shows("/100  ")
        terminal.type("\x03")
        assert await terminal.end() == 8
        await terminal.shows("of 100 were not sent")
        assert terminal.screen.index(b"\r\x1b[Ksent ") > terminal.screen.rindex(b"/100  ")
        assert terminal.is_sane


@pytest.mark.slow
async def test_beside_a_run_that_writes_the_same_journal(home: Home, app: Application) -> None:
    await keep(home, *numbered(1, 2, 3))
    async with start(home, "run", "--sandbox", "--json") as run:
        await run.next("capture", kind="notification")
        done = await call(home, "replay", "1..3", "--repeat", "100", "--to", app.url, "--concurrency", "4")
        assert done.code == 0, done.stderr
        await run.next("capture", kind="notification", after=1)
    assert Counter(sent.body for sent in app.received) == Counter(bodies(1, 2, 3) * 100)


@pytest.mark.slow
async def test_with_quiet_only_failures_are_reported_as_an_error(home: Home, app: Application) -> None:
    await keep(home, *numbered(1))
    done = await call(home, "replay", "1", "--to", app.url, "-q")
    assert (done.code, done.stdout, done.stderr) == (0, "", "")
    app.status = 500
    done = await call(home, "replay", "1", "--to", app.url, "-q")
    assert (done.code, done.stdout) == (8, "")
    assert done.stderr.startswith("error: 1 of 1 failed")
