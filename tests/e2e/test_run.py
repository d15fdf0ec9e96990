"""The main job: register, receive, show, put back."""

import asyncio
import json
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from hookscope.meta.signature import sign
from tests.e2e.conftest import Graph, Production
from tests.support.application import Application
from tests.support.captures import SECRET, feed_body
from tests.support.free_port import free_port
from tests.support.program import COMMAND, Home, Program, call, start
from tests.support.slow import slow_after
from tests.support.until import until


async def test_the_sandbox_needs_nothing_and_ends_well(home: Home) -> None:
    done = await call(home, "run", "--sandbox", "--output", "json", "--exit-after", "3", command=COMMAND)
    assert done.code == 0, done.stderr
    kinds = [value["type"] for value in done.objects]
    order = ["receiver.listening", "tunnel.up", "probe", "subscription.active", "subscription.removed", "stopped"]
    assert [kind for kind in kinds if kind in order] == order
    captures = [value for value in done.objects if value["type"] == "capture"]
    assert captures[0]["handshake"] == {"verdict": "accepted", "reason": None}
    notifications = [one for one in captures if one["kind"] == "notification"]
    assert len(notifications) >= 3
    assert {one["source"] for one in captures} == {"sandbox"}
    assert {one["signature"]["verdict"] for one in notifications[:3]} == {"valid"}
    assert done.objects[-1]["exit_code"] == 0
    assert all(value["v"] == 1 and value["at"].endswith("Z") for value in done.objects)


@pytest.mark.slow
async def test_a_sandbox_that_dies_ends_the_run_which_asks_nothing_of_it(home: Home) -> None:
    async with start(home, "run", "--sandbox", "--json") as run:
        await run.next("subscription.active")
        pids = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split()
        (sandbox,) = [int(pid) for pid in pids if b"hookscope.sandbox" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(sandbox, signal.SIGKILL)
        assert await run.end() == 1
    assert "the sandbox has ended (signal 9)" in run.errors
    assert "teardown" not in run.errors + "".join(run.lines)
    assert [one["object"] for one in run.of("subscription.left")] == ["page"]


@pytest.mark.slow
async def test_the_sandbox_signs_with_the_secret_that_ones_own_app_knows(home: Home) -> None:
    arguments = ("run", "--sandbox", "--json", "--exit-after", "1")
    done = await call(home, *arguments, environment={"HOOKSCOPE_APP_SECRET": SECRET})
    assert done.code == 0, done.stderr
    sent = next(value["request"] for value in done.objects if value.get("kind") == "notification")
    headers = {name.lower(): value for name, value in sent["headers"]}
    assert headers["x-hub-signature-256"] == sign(sent["body"].encode(), SECRET)


async def test_the_sandbox_needs_nothing_that_the_environment_has_for_other_runs(home: Home) -> None:
    environment = {
        "HOOKSCOPE_PUBLIC_URL": "https://hooks.invalid/meta",
        "HOOKSCOPE_PAGE": "4444",
        "HOOKSCOPE_SCOPE": "waba:7777",
    }
    run = ("run", "--sandbox", "--json", "--exit-after", "1")
    done = await call(home, *run, environment=environment)
    assert done.code == 0, done.stderr
    assert [one["object"] for one in done.objects if one["type"] == "subscription.active"] == ["page"]
    typed = await call(home, *run, "--page", "4444", environment=environment)
    assert typed.code == 2
    assert "page:4444 is not in the sandbox" in typed.stderr


async def test_a_run_registers_itself_receives_and_leaves_nothing(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", "--fields", "feed,leadgen", environment=graph.environment) as run:
        active = await run.next("subscription.active")
        assert graph.registered == {"page": (active["callback_url"], ["feed", "leadgen"])}
        assert active["displaced"] is None
        assert await graph.deliver(feed_body("Schöne Grüße 🙂")) == 200
        capture = await run.next("capture", kind="notification")
        assert capture["request"]["body"].encode() == feed_body("Schöne Grüße 🙂")
        assert capture["events"][0]["summary"].endswith("Schöne Grüße 🙂")
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert graph.registered == {}
    assert run.objects[-1] == {**run.objects[-1], "type": "stopped", "captures": 2, "notifications": 1, "exit_code": 0}


@pytest.mark.parametrize("number", slow_after(1, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]))
async def test_every_signal_puts_everything_back(home: Home, graph: Graph, number: signal.Signals) -> None:
    async with start(home, "listen", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        run.send(number)
        assert await run.end() == 0
        assert run.of("subscription.removed")
    assert graph.registered == {}


async def test_plain_output_has_the_pair_of_arrows_and_progress_on_stderr(home: Home, graph: Graph) -> None:
    async with Application() as app:
        arguments = ("run", "--forward-to", f"127.0.0.1:{app.port}/hook", "--exit-after", "1")
        async with start(home, *arguments, environment=graph.environment) as run:
            await run.says("registered page: feed")
            await graph.deliver(feed_body())
            await run.line("--> page.feed  comment add  #2  sig ok")
            await run.line(f"<--  [200] POST {app.url}  #2  (")
            assert await run.end() == 0
        assert [sent.body for sent in app.received] == [feed_body()]
    assert "listening on" not in "".join(run.lines)
    assert "removed    page" in run.errors


async def test_expect_ends_with_0_when_it_comes_and_with_6_when_it_does_not(home: Home, graph: Graph) -> None:
    arguments = ("run", "--json", "--expect", "object:page field:feed grüße", "--timeout")
    async with start(home, *arguments, "60", environment=graph.environment) as run:
        await run.next("subscription.active")
        await graph.deliver(feed_body("nothing of interest"))
        await graph.deliver(feed_body("Grüße"), secret="forged")
        await graph.deliver(feed_body("Grüße"))
        assert await run.end() == 0
        assert run.objects[-1]["notifications"] == 3
    done = await call(home, *arguments, "0.2", environment=graph.environment)
    assert done.code == 6
    assert done.objects[-1]["exit_code"] == 6
    assert "no notification matched --expect" in done.stderr
    assert graph.registered == {}


async def test_notifications_arriving_with_the_last_do_not_change_the_end_of_a_run(home: Home, graph: Graph) -> None:
    arguments = ("run", "--json", "--expect", "field:mention", "--exit-after", "5")
    async with start(home, *arguments, environment=graph.environment) as run:
        await run.next("subscription.active")
        await asyncio.gather(*(graph.deliver(feed_body(str(number))) for number in range(40)), return_exceptions=True)
        assert await run.end() == 6


async def test_an_expectation_of_a_wrong_signature_sees_it(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", "--expect", "sig:invalid", environment=graph.environment) as run:
        await run.next("subscription.active")
        assert await graph.deliver(feed_body(), secret="forged") == 401
        assert await run.end() == 0


async def test_a_timeout_alone_is_a_normal_end(home: Home, graph: Graph) -> None:
    done = await call(home, "run", "--json", "--timeout", "0.1", environment=graph.environment)
    assert done.code == 0


async def test_several_objects_have_their_own_fields(home: Home, graph: Graph) -> None:
    chosen = ("--object", "page", "--object", "instagram", "--fields", "page:feed", "--fields", "instagram:comments")
    async with start(home, "run", "--json", *chosen, environment=graph.environment) as run:
        await run.next("subscription.active", object="page")
        await run.next("subscription.active", object="instagram")
        assert {topic: fields for topic, (_, fields) in graph.registered.items()} == {
            "page": ["feed"],
            "instagram": ["comments"],
        }
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    assert graph.registered == {}


async def test_settings_come_from_flag_then_environment_then_file(home: Home, graph: Graph) -> None:
    (home.work / ".hookscope.toml").write_text('fields = "leadgen"\npath = "from-file"\nverify-token = "filetoken"\n')
    environment = {**graph.environment, "HOOKSCOPE_FIELDS": "ratings"}
    async with start(home, "run", "--json", "--path", "/from-flag", environment=environment) as run:
        active = await run.next("subscription.active")
        assert active["callback_url"].endswith("/from-flag")
        assert active["fields"] == ["ratings"]
        handshake = await run.next("capture", kind="handshake")
        assert "hub.verify_token=filetoken" in handshake["request"]["target"]


async def test_an_own_address_with_a_path_is_the_callback_url(home: Home, graph: Graph) -> None:
    port = str(free_port())
    arguments = ("run", "--json", "--port", port, "--public-url", f"http://127.0.0.1:{port}/hooks/meta")
    async with start(home, *arguments, environment=graph.environment) as run:
        active = await run.next("subscription.active")
        assert active["callback_url"] == f"http://127.0.0.1:{port}/hooks/meta"


async def test_a_dry_run_shows_the_plan_and_changes_nothing(home: Home, graph: Graph) -> None:
    done = await call(home, "run", "--dry-run", environment=graph.environment)
    assert done.code == 0
    assert "create page: feed →" in done.stdout
    assert graph.registered == {}
    as_json = await call(home, "run", "--dry-run", "--json", environment=graph.environment)
    plan, stopped = as_json.objects[-2:]
    assert (plan["type"], plan["change"], stopped["type"]) == ("plan", "create", "stopped")
    assert {"v", "at"} <= plan.keys()


async def test_keep_leaves_the_subscription_and_teardown_removes_it(home: Home, graph: Graph) -> None:
    done = await call(home, "run", "--json", "--keep", "--timeout", "0.1", environment=graph.environment)
    assert done.code == 0
    assert any(one["type"] == "subscription.kept" for one in done.objects)
    assert "page" in graph.registered
    assert (await call(home, "teardown", environment=graph.environment)).code == 0
    assert graph.registered == {}


@pytest.mark.parametrize(("output", "seen"), [("json", "subscription.active"), ("plain", "registered page")])
async def test_a_reader_that_goes_away_ends_the_run_in_order(home: Home, graph: Graph, output: str, seen: str) -> None:
    async with start(home, "run", "--output", output, environment=graph.environment) as run:
        await (run.next(seen) if output == "json" else run.says(seen))
        leave(run)
        assert await run.end() == 0
    assert graph.registered == {}


async def test_a_reader_that_goes_away_ends_only_its_view(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        async with start(home, "attach", "--json") as view:
            await view.says("attached to run")
            leave(view)
            assert await view.end() == 0
        assert await graph.deliver(feed_body("still there")) == 200
        await run.next("capture", kind="notification")


def leave(program: Program) -> None:
    """Read no more of what a program writes to stdout, as `head` does."""
    assert program.process.stdout
    program.process.stdout._transport.close()  # type: ignore[attr-defined]


async def test_no_secret_is_written_anywhere(home: Home, graph: Graph) -> None:
    environment = {
        **graph.environment,
        "HOOKSCOPE_EXTRA_SECRETS": "extrasecret0123456789",
        "NGROK_AUTHTOKEN": "ngroktoken0123456789",
    }
    async with start(home, "-vv", "run", "--json", environment=environment) as run:
        await run.next("subscription.active")
        await graph.deliver(feed_body())
        await graph.deliver(feed_body(), secret="wrong")
        await run.next("capture", kind="notification", after=1)
        run.send(signal.SIGTERM)
        await run.end()
    written = "".join(run.lines) + run.errors
    files = b"".join(file.read_bytes() for file in home.folder.rglob("*") if file.is_file())
    for secret in (graph.secret, "extrasecret0123456789", "ngroktoken0123456789"):
        assert secret not in written
        assert secret.encode() not in files


async def test_captures_can_be_listed_shown_and_replayed(home: Home, graph: Graph) -> None:
    async with Application() as app:
        arguments = ("run", "--json", "-f", app.url, "--exit-after", "1")
        async with start(home, *arguments, environment=graph.environment) as run:
            await run.next("subscription.active")
            await graph.deliver(feed_body())
            assert await run.end() == 0
        listed = await call(home, "captures", "list", "--json")
        assert [one["id"] for one in listed.objects] == [1, 2]
        assert "page.feed  comment add by Tester" in (await call(home, "ls")).stdout
        assert len((await call(home, "ls", "--filter", "kind:handshake", "--json")).objects) == 1
        assert (await call(home, "captures", "show", "2", "--raw")).stdout.rstrip("\n").encode() == feed_body()
        shown = await call(home, "captures", "show", "last")
        assert "signature  valid" in shown.stdout
        (value,) = (await call(home, "captures", "show", "2", "--json")).objects
        assert value["deliveries"][0]["status"] == 200
        assert (await call(home, "captures", "show", "99")).code == 2

        replayed = await call(home, "replay", "2", "--json")
        assert replayed.code == 0
        assert (replayed.objects[0]["cause"], replayed.objects[0]["capture_id"]) == ("replay", 2)
        assert [sent.body for sent in app.received] == [feed_body()] * 2
        assert app.received[0].headers == app.received[1].headers
    down = await call(home, "replay", "2")
    assert down.code == 8
    assert "connection refused" in down.stderr
    with sqlite3.connect(home.journal) as db:
        assert db.execute("SELECT count(*) FROM captures WHERE replay_of = 2").fetchone() == (2,)
    db.close()


@pytest.mark.slow
async def test_a_replay_without_a_target_asks_for_one(home: Home, graph: Graph) -> None:
    done = await call(home, "run", "--sandbox", "--json", "--exit-after", "1")
    assert done.code == 0
    replayed = await call(home, "replay", "2")
    assert replayed.code == 2
    assert "--to" in replayed.stderr


async def test_a_callback_is_not_said_to_be_replaced_when_meta_refuses_the_other(
    home: Home, graph: Graph, production: Production
) -> None:
    await graph.preset("http://127.0.0.1:1/hook", ["feed"])
    add = ("subscriptions", "add", "--object", "page", "--fields", "feed", "--takeover")
    other = ("--callback-url", production.url, "--verify-token", "wrong")
    refused = await call(home, *add, *other, environment=graph.environment)
    assert refused.code == 5
    assert "replacing  http://127.0.0.1:1/hook with feed" in refused.stderr
    assert "replaced" not in refused.stderr
    assert graph.registered == {"page": ("http://127.0.0.1:1/hook", ["feed"])}


@pytest.mark.slow
async def test_the_subscriptions_edge_can_be_used_by_hand(home: Home, graph: Graph, production: Production) -> None:
    add = ("subscriptions", "add", "--object", "page", "--verify-token", production.token, "--callback-url")
    for fields in ("feed", "leadgen"):  # One's own callback needs no takeover.
        done = await call(home, *add, production.url, "--fields", fields, environment=graph.environment)
        assert done.code == 0, done.stderr
    assert graph.registered == {"page": (production.url, ["feed", "leadgen"])}
    listed = await call(home, "subscriptions", "list", "--json", environment=graph.environment)
    assert listed.objects == [
        {"object": "page", "callback_url": production.url, "fields": ["feed", "leadgen"], "active": True}
    ]
    other = await call(home, *add, production.url + "?2", "--fields", "feed", environment=graph.environment)
    assert other.code == 9
    remove = ("subscriptions", "remove", "--object", "page", "--yes")
    assert (await call(home, *remove, "--fields", "feed", environment=graph.environment)).code == 0
    assert graph.registered == {"page": (production.url, ["leadgen"])}
    assert (await call(home, *remove, environment=graph.environment)).code == 0
    assert graph.registered == {}
    assert (await call(home, "subscriptions", "remove", environment=graph.environment)).code == 2


async def test_an_app_without_subscriptions_is_said_to_have_none(home: Home, graph: Graph) -> None:
    listed = await call(home, "subscriptions", "list", "--json", environment=graph.environment)
    assert (listed.code, listed.stdout) == (0, "")
    assert listed.stderr == f"app {graph.environment['HOOKSCOPE_APP_ID']} has no subscription\n"


@pytest.mark.parametrize(("option", "then"), [("--json", "hookscope teardown"), ("--sandbox", "hookscope ls")])
async def test_a_reader_whose_run_was_killed_says_what_to_type(
    home: Home, graph: Graph, option: str, then: str
) -> None:
    async with start(home, "run", option, "--output", "json", environment=graph.environment) as run:
        await run.next("subscription.active")
        async with start(home, "attach", "--json") as reader:
            await reader.says("attached to run")
            await run.kill()
            await reader.says("the run has ended without a message")
            await reader.says(then)
            assert await reader.end() == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_another_reader_can_attach_and_leave(home: Home, graph: Graph, number: signal.Signals) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        async with start(home, "attach", "--json") as reader:
            await reader.says("attached to run")
            await graph.deliver(feed_body("one"))
            while not reader.of("capture"):
                await graph.deliver(feed_body("again"))
            reader.send(number)
            assert await reader.end() == 0
        await graph.deliver(feed_body("still there"))
        assert run.process.returncode is None
        async with start(home, "attach", "--json") as reader:
            await reader.says("attached to run")
            run.send(signal.SIGTERM)
            assert await run.end() == 0
            assert await reader.end() == 0
            assert json.loads(reader.lines[-1])["type"] == "stopped"
    assert (await call(home, "attach")).code == 2


@pytest.mark.slow
async def test_lines_that_nobody_takes_at_the_end_are_reported(home: Home, graph: Graph) -> None:
    reading, writing = os.pipe()
    try:
        async with start(home, "run", "--json", environment=graph.environment, stdout=writing) as run:
            os.close(writing)
            await until(lambda: graph.registered)
            for number in range(3):
                assert await graph.deliver(feed_body(f"{number}" * (60 << 10))) == 200
            run.send(signal.SIGTERM)
            assert await run.end() == 0
    finally:
        os.close(reading)
    assert graph.registered == {}
    assert "stdout was not read in time: its last lines are missing" in run.errors
