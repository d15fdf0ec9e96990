"""`hookscope trigger`: to a run that goes, and straight to an app."""

import asyncio
import json
import signal
import stat
from pathlib import Path
from typing import Any

import pytest

from hookscope.journal.reader import JournalReader
from hookscope.meta.signature import SHA256_HEADER, judge, sign
from hookscope.model.record import Capture, Source
from tests.e2e.conftest import Graph
from tests.support.application import Application, Sent
from tests.support.captures import SECRET
from tests.support.program import Home, call, start
from tests.support.slow import slow_after, slow_rows_after
from tests.support.terminal import on_terminal
from tests.support.until import until

RUN = ("run", "--sandbox", "--object", "payments", "--fields", "actions", "--json")
"""A run whose demo is not what the tests trigger."""

SIGNED = {"HOOKSCOPE_APP_SECRET": SECRET}


def captures(home: Home) -> list[Capture]:
    with JournalReader(home.journal) as history:
        return [one for one in history.captures() if one.source is Source.TRIGGER]


def value_of(sent: Sent) -> Any:
    return json.loads(sent.body)["entry"][0]["changes"][0]["value"]


async def test_a_run_captures_and_forwards_what_is_triggered(home: Home) -> None:
    async with Application() as app, start(home, *RUN, "--forward-to", app.url) as run:
        await run.next("subscription.active")
        done = await call(
            home, "trigger", "page.feed.comment", "--set", "value.message=Grüße <b>[me]", "--count", "2", "--json"
        )
        assert done.code == 0, done.stderr
        first, second, summary = done.objects
        assert (first["type"], first["cause"], first["status"]) == ("delivery", "trigger", 200)
        assert (summary["type"], summary["sent"], summary["2xx"]) == ("summary", 2, 2)
        told = await run.next("capture", source="trigger", after=1)
        assert told["id"] == second["capture_id"]
        forwarded = await run.next("delivery", capture_id=told["id"], cause="forward")
        assert forwarded["status"] == 200
    for capture in captures(home):
        (sent,) = [one for one in app.received if one.body == capture.request.body]
        assert value_of(sent)["message"] == "Grüße <b>[me]"
        assert capture.signature.verdict == "valid"
        assert not any(b"hookscope" in name.lower() for name, _ in capture.request.headers)
    assert [capture.id for capture in captures(home)] == [first["capture_id"], second["capture_id"]]


@pytest.mark.slow
async def test_a_run_that_dies_meanwhile_leaves_a_summary(home: Home) -> None:
    async with start(home, *RUN) as run:
        await run.next("subscription.active")
        async with start(home, "trigger", "page.feed.comment", "--count", "1000000", "--json") as program:
            await program.next("delivery")
            await run.kill()
            assert await program.end() == 8
    sent = len(program.of("delivery"))
    (summary,) = program.of("summary")
    assert (summary["sent"], summary["not_sent"], summary["exit_code"]) == (sent, 1_000_000 - sent, 8)
    assert "the run does not answer" in program.errors
    assert f"{1_000_000 - sent:,} of 1,000,000 were not sent" in program.errors


async def test_an_app_in_the_environment_does_not_hide_the_only_run(home: Home) -> None:
    environment = {"HOOKSCOPE_APP_ID": "99"}
    async with start(home, *RUN, environment=environment) as run:
        await run.next("subscription.active")
        sent = await call(home, "trigger", "page.feed.comment", environment=environment)
        assert sent.code == 0, sent.stderr
        async with start(home, "attach", "--json", environment=environment) as reader:
            await reader.says("attached to run")
        refused = await call(home, "trigger", "page.feed.comment", "--app-id", "99")
        assert refused.code == 2
        assert "no run is live on app 99" in refused.stderr
        assert "choose one: hookscope trigger --pid" in refused.stderr


async def test_without_a_run_it_says_what_to_type(home: Home) -> None:
    done = await call(home, "trigger", "page.feed")
    assert done.code == 2
    assert "no run is live" in done.stderr
    assert "hookscope run --sandbox" in done.stderr
    assert "--to" in done.stderr
    assert done.stdout == ""


async def test_an_app_gets_it_signed_and_the_journal_keeps_it(home: Home) -> None:
    async with Application() as app:
        done = await call(home, "trigger", "page.messages", "--to", str(app.port), environment=SIGNED)
    assert done.code == 0, done.stderr
    (sent,) = app.received
    assert sent.header(SHA256_HEADER) == sign(sent.body, SECRET)
    (capture,) = captures(home)
    assert capture.request.body == sent.body
    assert judge(capture.request.headers, capture.request.body, [SECRET]).verdict == "valid"
    with JournalReader(home.journal) as history:
        (delivery,) = history.deliveries(capture.id)
    assert (delivery.status, delivery.cause) == (200, "trigger")
    captured, answered = done.stdout.splitlines()
    assert "--> page.messages  message  #1  sig ok" in captured
    assert f"<--  [200] POST http://localhost:{app.port}/  #1" in answered
    assert "sent 1 · 2xx 1" in done.stderr
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.slow
async def test_without_a_secret_and_a_terminal_it_goes_unsigned_and_says_so(home: Home) -> None:
    async with Application() as app:
        noticed = await call(home, "trigger", "page.feed", "--to", app.url)
        asked = await call(home, "trigger", "page.feed", "--to", app.url, "--unsigned", environment=SIGNED)
    assert (noticed.code, asked.code) == (0, 0)
    assert "sent unsigned" in noticed.stderr
    assert "sent unsigned" not in asked.stderr
    assert [sent.header(SHA256_HEADER) for sent in app.received] == [None, None]


@pytest.mark.parametrize("status", slow_after(1, [500, 302, 401]))
async def test_an_app_that_refuses_gives_8(home: Home, status: int) -> None:
    async with Application(status=status) as app:
        done = await call(home, "trigger", "page.feed", "--count", "2", "--to", app.url, environment=SIGNED)
    assert done.code == 8
    assert f"2 of 2 failed; the first, #1: HTTP {status}" in done.stderr
    assert len(app.received) == 2


@pytest.mark.slow
async def test_the_same_seed_gives_the_same_bytes(home: Home) -> None:
    async with Application() as app:
        for seed in ("7", "7", "8"):
            await call(home, "trigger", "page.feed", "--seed", seed, "--count", "3", "--to", app.url, "--unsigned")
    bodies = [sent.body for sent in app.received]
    assert bodies[:3] == bodies[3:6]
    assert len(set(bodies)) == 6


@pytest.mark.slow
async def test_forms_and_batches(home: Home) -> None:
    async with Application() as app:
        for options in (["--batch", "1000"], ["--no-values"], ["--test"]):
            done = await call(home, "trigger", "page.feed", *options, "--to", app.url, "--unsigned")
            assert done.code == 0, done.stderr
    batch, bare, test = (json.loads(sent.body)["entry"] for sent in app.received)
    assert len(batch) == 1000
    assert bare[0]["changed_fields"] == ["feed"]
    assert test[0]["id"] == "0"


@pytest.mark.slow
async def test_a_capture_is_made_anew(home: Home) -> None:
    async with Application() as app:
        await call(home, "trigger", "page.feed.comment", "--to", app.url, "--unsigned")
        done = await call(
            home, "trigger", "--from", "last", "--set", "value.message=again", "--to", app.url, environment=SIGNED
        )
        none = await call(home, "trigger", "--from", "99", "--to", app.url, "--unsigned")
    assert done.code == 0, done.stderr
    first, again = (value_of(sent) for sent in app.received)
    assert again["post_id"] == first["post_id"]
    assert again["comment_id"] != first["comment_id"]
    assert again["message"] == "again"
    assert none.code == 2
    assert "no capture #99" in none.stderr


@pytest.mark.slow
async def test_a_fixture_is_played_in_order(home: Home) -> None:
    steps = [
        {"name": "comment", "trigger": "page.feed.comment"},
        {"pause": 0.01},
        {"trigger": "page.feed.reaction", "set": {"value.comment_id": "${comment.value.comment_id}"}, "add": True},
    ]
    (home.work / "story.json").write_text(json.dumps({"steps": steps}))
    (home.work / "bad.json").write_text(json.dumps({"steps": [*steps, {"trigger": "page.nothing.of.it"}]}))
    astray = {"trigger": "page.feed", "set": {"value.message": "${comment.value.nothing}"}}
    (home.work / "astray.json").write_text(json.dumps({"steps": [*steps, astray]}))
    async with Application() as app:
        done = await call(home, "trigger", "--fixture", "story.json", "--to", app.url, "--unsigned")
        bad = await call(home, "trigger", "--fixture", "bad.json", "--to", app.url, "--unsigned")
        led_astray = await call(home, "trigger", "--fixture", "astray.json", "--to", app.url, "--unsigned")
    assert done.code == 0, done.stderr
    comment, reaction = (value_of(sent) for sent in app.received)
    assert reaction["comment_id"] == comment["comment_id"]
    assert bad.code == led_astray.code == 2
    assert "step 4" in bad.stderr
    assert "step 4" in led_astray.stderr


async def test_the_body_is_edited_and_signed_as_edited(home: Home) -> None:
    editor = home.work / "editor"
    editor.write_text('#!/bin/sh\nsed -i \'s/"item": "comment"/"item": "typed"/\' "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    async with Application() as app:
        environment = {**SIGNED, "VISUAL": str(editor)}
        done = await call(home, "trigger", "page.feed", "--edit", "--to", app.url, environment=environment)
    assert done.code == 0, done.stderr
    (sent,) = app.received
    assert value_of(sent)["item"] == "typed"
    assert sent.header(SHA256_HEADER) == sign(sent.body, SECRET)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    slow_rows_after(
        2,
        [
            ((), "give one thing to send"),
            (("page.feed", "page.messages"), "give one thing to send"),
            (("page.feed", "--from", "1"), "give one thing to send"),
            (("page.fed.comment", "--to", "1"), "did you mean page.feed.comment"),
            (("page.feed", "--set", "x", "--to", "1"), "is not an override"),
            (("page.feed", "--set", "value.a.b=1", "--to", "1", "--unsigned"), "does not exist"),
            (("page.feed.comment", "--set", "value.mesage=x", "--to", "1", "--unsigned"), "did you mean 'message'?"),
            (("page.feed", "--edit", "--count", "2", "--to", "1"), "--edit applies only to a single"),
            (("page.feed", "--test", "--batch", "2", "--to", "1"), "contradict"),
            (("--from", "1", "--batch", "2", "--to", "1"), "--batch applies only to an EVENT"),
            (("page.feed", "--to", ""), "not a valid target"),
            (("page.feed", "--app-secret-file", "nowhere", "--to", "1"), "nowhere: No such file"),
            (("page.feed", "--unsigned"), "--unsigned needs --to"),
            (("page.feed", "--app-secret", "x", "--to", "1"), "does not belong on the command line"),
            (("--fixture", "nowhere.json", "--to", "1"), "cannot be read"),
            (("--list", "xyzzy"), "no sample has 'xyzzy'"),
        ],
    ),
)
async def test_wrong_usage_is_told_and_nothing_sent(home: Home, arguments: tuple[str, ...], reason: str) -> None:
    done = await call(home, "trigger", *arguments)
    assert done.code == 2
    assert reason in done.stderr
    assert "→ " in done.stderr
    assert done.stdout == ""
    assert not captures(home) if home.journal.exists() else True


async def test_the_list_has_a_line_a_sample(home: Home) -> None:
    names = (Path(__file__).parents[1] / "samples" / "names.txt").read_text("utf-8").split()
    done = await call(home, "trigger", "--list")
    found = await call(home, "trigger", "--list", "page", "quick", "--json")
    assert [line.split()[0] for line in done.stdout.splitlines()] == names
    assert f"{len(names)} samples; send one: hookscope trigger {names[0]}\n" in done.stderr
    assert "1 sample; send it: hookscope trigger page.messages.quick_reply\n" in found.stderr
    (one,) = found.objects
    assert (one["name"], one["form"], one["guess"]) == ("page.messages.quick_reply", "messaging", False)


async def test_the_shell_completes_names(home: Home) -> None:
    asked = {
        "_HOOKSCOPE_COMPLETE": "bash_complete",
        "COMP_WORDS": "hookscope trigger page.feed.comm",
        "COMP_CWORD": "2",
    }
    done = await call(home, environment=asked)
    names = [line.partition(",")[2] for line in done.stdout.splitlines()]
    assert "page.feed.comment" in names
    assert all(name.startswith("page.feed.comm") for name in names)


async def test_a_stopped_replay_is_summed_up(home: Home) -> None:
    async with Application(hold=asyncio.Event()) as app:
        assert app.hold
        arguments = ("trigger", "page.feed", "--count", "50", "--json", "--to", app.url, "--unsigned")
        async with start(home, *arguments) as program:
            await until(lambda: len(app.received) == 1)
            program.send(signal.SIGINT)
            app.hold.set()
            assert await program.end() == 8
    (summary,) = program.of("summary")
    assert (summary["sent"] + summary["not_sent"], summary["exit_code"]) == (50, 8)
    assert summary["sent"] < 50
    assert "were not sent" in program.errors


@pytest.mark.slow
async def test_a_run_on_an_app_signs_with_the_apps_secret(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", "--host", "0.0.0.0", environment=graph.environment) as run:
        await run.next("subscription.active")
        done = await call(home, "trigger", "insta.comments", "--batch", "2")
        assert done.code == 0, done.stderr
        told = await run.next("capture", source="trigger")
    (capture,) = captures(home)
    assert told["signature"]["verdict"] == "valid"
    assert judge(capture.request.headers, capture.request.body, [graph.secret]).verdict == "valid"
    assert [event["field"] for event in told["events"]] == ["comments", "comments"]


@pytest.mark.slow
async def test_one_of_several_runs_is_chosen_by_its_pid(home: Home) -> None:
    async with start(home, *RUN) as first, start(home, *RUN) as second:
        for run in (first, second):
            await run.next("subscription.active")
        unclear = await call(home, "trigger", "page.feed")
        chosen = await call(home, "trigger", "page.feed", "--pid", str(first.process.pid))
        assert (unclear.code, chosen.code) == (2, 0)
        assert "several runs are live" in unclear.stderr
        await first.next("capture", source="trigger")
        assert not [one for one in second.of("capture") if one["source"] == "trigger"]


@pytest.mark.slow
async def test_a_person_is_asked_for_the_secret_and_may_have_none(home: Home) -> None:
    async with Application() as app:
        for answer in (SECRET, ""):
            async with on_terminal(home, "trigger", "page.feed", "--count", "60", "--to", app.url) as terminal:
                await terminal.shows("App secret to sign with")
                terminal.type(f"{answer}\r")
                await terminal.shows("sent 60")
                assert await terminal.end() == 0
            assert SECRET.encode() not in terminal.screen
            assert terminal.screen.count(b"-->") == 0  # many are shown as a bar
            assert b"1/60" in terminal.screen
    signed = [sent.header(SHA256_HEADER) is not None for sent in app.received]
    assert signed == [True] * 60 + [False] * 60


@pytest.mark.slow
@pytest.mark.parametrize("command", [("trigger", "page.feed"), ("attach", "--json")])
async def test_a_run_that_is_suspended_is_told_with_the_way_to_wake_it(home: Home, command: tuple[str, ...]) -> None:
    async with start(home, "run", "--sandbox", "--json") as run:
        await run.next("subscription.active")
        run.send(signal.SIGSTOP)
        try:
            done = await call(home, *command)
        finally:
            run.send(signal.SIGCONT)
        assert done.code == 1
        assert "may be suspended" in done.stderr
        assert f"kill -CONT {run.process.pid}" in done.stderr
