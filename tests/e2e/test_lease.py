"""The way back: whatever happens, the app's subscriptions end as they were."""

import asyncio
import resource
import signal

import pytest

from tests.e2e.conftest import Graph, Production
from tests.support.captures import feed_body
from tests.support.program import Home, call, start
from tests.support.slow import slow_after
from tests.support.until import until


def takeover(production: Production) -> tuple[str, ...]:
    return ("run", "--json", "--takeover", "--restore-verify-token", production.token)


async def test_a_foreign_callback_is_never_displaced_unasked(home: Home, graph: Graph, production: Production) -> None:
    await graph.preset(production.url, ["feed"])
    done = await call(home, "run", "--json", environment=graph.environment)
    assert done.code == 9
    assert production.url in done.stderr
    assert "--takeover" in done.stderr
    assert graph.registered == {"page": (production.url, ["feed"])}
    assert production.handshakes == 0
    assert done.objects[-1]["exit_code"] == 9


async def test_a_displaced_callback_gets_its_url_and_exactly_its_fields_back(
    home: Home, graph: Graph, production: Production
) -> None:
    await graph.preset(production.url, ["feed", "ratings"])
    arguments = (*takeover(production), "--fields", "feed,leadgen")
    async with start(home, *arguments, environment=graph.environment) as run:
        active = await run.next("subscription.active")
        assert active["displaced"] == {"callback_url": production.url, "fields": ["feed", "ratings"], "active": True}
        assert graph.registered["page"][0] == active["callback_url"]
        run.send(signal.SIGINT)
        assert await run.end() == 0
        assert run.of("subscription.restored")
    assert graph.registered == {"page": (production.url, ["feed", "ratings"])}


@pytest.mark.slow
async def test_without_its_token_nothing_is_taken(home: Home, graph: Graph, production: Production) -> None:
    await graph.preset(production.url, ["feed"])
    missing = await call(home, "run", "--json", "--takeover", environment=graph.environment)
    assert missing.code == 2
    assert "--restore-verify-token" in missing.stderr
    wrong = ("run", "--json", "--takeover", "--restore-verify-token", "wrong")
    assert (await call(home, *wrong, environment=graph.environment)).code == 5
    assert graph.registered == {"page": (production.url, ["feed"])}


async def test_an_irreversible_change_needs_consent(home: Home, graph: Graph, production: Production) -> None:
    await graph.preset(production.url, ["feed"])
    arguments = ("run", "--json", "--takeover", "--no-restore", "--timeout", "0.1")
    done = await call(home, *arguments, environment=graph.environment)
    assert done.code == 0
    assert graph.registered == {}
    (removed,) = [one for one in done.objects if one["type"] == "subscription.removed"]
    assert production.url in removed["reason"]


async def test_after_a_kill_teardown_puts_back(home: Home, graph: Graph, production: Production) -> None:
    await graph.preset(production.url, ["feed"])
    async with start(home, *takeover(production), environment=graph.environment) as run:
        await run.next("subscription.active")
        await run.kill()
    assert graph.registered["page"][0] != production.url
    for elsewhere in ("--app-id", "99"), ("--object", "instagram"), ("--scope", "page:1"):
        narrow = await call(home, "teardown", *elsewhere, environment=graph.environment)
        assert "nothing is left registered there" in narrow.stderr
        assert f"hookscope teardown --app-id {graph.app_id} --object page" in narrow.stderr
    dry = await call(home, "teardown", "--dry-run", environment=graph.environment)
    assert dry.code == 0
    assert production.url in dry.stdout
    assert graph.registered["page"][0] != production.url
    done = await call(home, "teardown", environment=graph.environment)
    assert done.code == 0, done.stderr
    assert graph.registered == {"page": (production.url, ["feed"])}
    again = await call(home, "restore", environment=graph.environment)
    assert again.code == 0
    assert "nothing is left registered" in again.stderr


async def test_after_a_kill_the_next_run_puts_back_first(home: Home, graph: Graph, production: Production) -> None:
    await graph.preset(production.url, ["feed"])
    async with start(home, *takeover(production), environment=graph.environment) as run:
        await run.next("subscription.active")
        await run.kill()
    done = await call(home, "run", "--json", environment=graph.environment)
    assert done.code == 9  # production has its callback again, and this run may not take it
    assert graph.registered == {"page": (production.url, ["feed"])}


async def test_a_colleagues_later_change_is_left_alone(home: Home, graph: Graph, production: Production) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        await graph.preset(production.url, ["messages"])
        run.send(signal.SIGINT)
        assert await run.end() == 0
        assert run.of("subscription.left")
    assert graph.registered == {"page": (production.url, ["messages"])}


@pytest.mark.slow
async def test_two_runs_on_two_objects_do_not_hurt_each_other(home: Home, graph: Graph) -> None:
    chosen = ("run", "--json", "--object", "instagram", "--fields", "comments")
    async with (
        start(home, "run", "--json", environment=graph.environment) as pages,
        start(home, *chosen, environment=graph.environment) as instagram,
    ):
        await pages.next("subscription.active")
        await instagram.next("subscription.active")
        assert set(graph.registered) == {"page", "instagram"}
        third = await call(home, "run", "--json", environment=graph.environment)
        assert third.code == 9
        assert "run" in third.stderr
        live = await call(home, "teardown", environment=graph.environment)
        assert live.code == 0
        assert set(graph.registered) == {"page", "instagram"}
        pages.send(signal.SIGTERM)
        assert await pages.end() == 0
        assert set(graph.registered) == {"instagram"}
        instagram.send(signal.SIGTERM)
        assert await instagram.end() == 0
    assert graph.registered == {}


@pytest.mark.slow
async def test_when_it_cannot_be_put_back_the_ledger_is_kept(home: Home, graph: Graph, production: Production) -> None:
    await graph.preset(production.url, ["feed"])
    async with start(home, *takeover(production), environment=graph.environment) as run:
        await run.next("subscription.active")
        graph.server.knobs.turn({"failing_handshakes": 1, "handshake_failure": "503"})
        run.send(signal.SIGINT)
        assert await run.end() == 7
        assert f"hookscope teardown --app-id {graph.app_id} --object page" in run.errors
    assert (await call(home, "teardown", environment=graph.environment)).code == 0
    assert graph.registered == {"page": (production.url, ["feed"])}


async def test_a_second_ctrl_c_leaves_at_once_and_says_what_stays(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        graph.server.knobs.turn({"failing_calls": 9, "failing_method": "DELETE", "call_failure": "lost"})
        run.send(signal.SIGINT)
        await until(lambda: graph.server.knobs.failing_calls < 9)
        await asyncio.sleep(0.15)  # two signals within a moment are one: wrappers send them twice
        run.send(signal.SIGINT)
        assert await run.end() == 7
        assert "hookscope teardown" in run.errors


async def test_one_ctrl_c_that_arrives_twice_is_one(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        run.send(signal.SIGINT)
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert graph.registered == {}


async def test_a_wrong_secret_is_refused_before_anything_is_changed(home: Home, graph: Graph) -> None:
    done = await call(home, "run", "--json", environment={**graph.environment, "HOOKSCOPE_APP_SECRET": "0" * 32})
    assert done.code == 4
    assert "app secret" in done.stderr
    assert "0" * 32 not in done.stderr + done.stdout


async def test_a_failed_handshake_has_its_own_exit_code_and_is_not_repeated(home: Home, graph: Graph) -> None:
    graph.server.knobs.turn({"failing_handshakes": 5, "handshake_failure": "502"})
    done = await call(home, "run", "--json", environment=graph.environment)
    assert done.code == 5
    assert "something other than this receiver answered Meta with HTTP 502" in done.stderr
    assert "we → Meta: POST" in done.stderr
    assert "nothing of it arrived here" in done.stderr
    assert graph.server.knobs.failing_handshakes == 4
    assert graph.registered == {}


async def test_an_unreachable_graph_api_has_its_own_exit_code(home: Home, graph: Graph) -> None:
    environment = {**graph.environment, "HOOKSCOPE_GRAPH_URL": "http://127.0.0.1:9"}
    done = await call(home, "run", "--json", environment=environment)
    assert done.code == 4


@pytest.mark.parametrize("failure", slow_after(1, ["2", "502", "lost"]))
async def test_a_hiccup_of_the_graph_api_at_the_end_does_not_leave_anything(
    home: Home, graph: Graph, failure: str
) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        await graph.deliver(feed_body())
        if failure == "lost":  # carried out, and the answer never comes
            graph.server.knobs.turn({"slow_post": 0.0})
            failure = "502"
        graph.server.knobs.turn({"failing_calls": 1, "failing_method": "DELETE", "call_failure": failure})
        run.send(signal.SIGTERM)
        assert await run.end() == 0
    assert graph.registered == {}


async def test_stopping_while_starting_leaves_nothing(home: Home, graph: Graph) -> None:
    graph.server.knobs.turn({"slow_post": 2.0})
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("capture")  # the handshake: the POST is under way
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert graph.registered == {}


@pytest.mark.slow
async def test_a_full_disk_at_the_end_is_told_and_the_entry_kept(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        _, hard = resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (0, hard))
        run.send(signal.SIGINT)
        assert await run.end() == 7
    assert graph.registered == {}
    assert "the ledger could not be written" in run.errors
    assert f"hookscope teardown --app-id {graph.app_id} --object page" in run.errors
    assert (await call(home, "teardown", environment=graph.environment)).code == 0
    assert "nothing is left" in (await call(home, "teardown", environment=graph.environment)).stderr


async def test_somebody_who_registers_soon_after_the_start_is_told_of(
    home: Home, graph: Graph, production: Production
) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        await graph.preset(production.url, ["feed"])
        told = await run.next("notice", level="warning")
        assert production.url in told["message"]
        assert told["hint"]
        run.send(signal.SIGINT)
        assert await run.end() == 0
    assert graph.registered["page"][0] == production.url


UNUSABLE = {
    "HOOKSCOPE_LOG": "db.example.com/hooks",
    "HOOKSCOPE_PAGE_TOKEN": "a token",
    "HOOKSCOPE_USER_TOKEN": "a token",
}
"""Settings that putting back may need, and forgetting does not."""


async def test_forgetting_closes_the_entry_and_leaves_the_app(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        kept = await call(home, "teardown", "--forget", "--yes")
        assert "is held by a live run and was not forgotten" in kept.stderr
        await run.kill()
    dry = await call(home, "teardown", "--forget", "--dry-run", "--yes")
    assert dry.stdout == f"page of app {graph.app_id}: it would be forgotten\n"
    missing = ("--app-secret-file", str(home.work / "missing"))
    done = await call(home, "teardown", "--forget", "--yes", *missing, environment=UNUSABLE)
    assert (done.code, done.stdout) == (0, f"forgotten  page of app {graph.app_id}\n"), done.stderr
    assert "page" in graph.registered
    assert "nothing is left" in (await call(home, "teardown", environment=graph.environment)).stderr
