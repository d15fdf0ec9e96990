"""`hookscope doctor`, as a process."""

import json

import pytest

from hookscope.control.client import ControlClient
from tests.e2e.conftest import Graph, Production
from tests.support.program import Home, call, start


def environment(graph: Graph, production: Production) -> dict[str, str]:
    return {
        **graph.environment,
        "HOOKSCOPE_VERIFY_TOKEN": production.token,
        "HOOKSCOPE_PAGE_TOKEN": graph.server.address.page_token.reveal(),
    }


async def test_a_chain_in_order_ends_with_0_and_is_left_alone(home: Home, graph: Graph, production: Production) -> None:
    await graph.preset(production.url, ["feed"])
    before = graph.registered
    done = await call(home, "doctor", "--json", environment=environment(graph, production))
    assert done.code == 0, done.stdout
    checks = {one["check"]: one["state"] for one in done.objects}
    assert checks["page.installed"] == checks["callback.answers"] == "ok"
    assert graph.registered == before
    assert production.handshakes == 2
    for secret in (graph.secret, production.token, graph.server.address.page_token.reveal()):
        assert secret not in done.stdout + done.stderr


async def test_something_red_ends_with_8_and_says_what_to_type(
    home: Home, graph: Graph, production: Production
) -> None:
    await graph.preset(production.url, ["feed", "leadgen"])
    world = graph.server.world
    world.install(world.page.id, graph.app_id, ["feed"])
    done = await call(home, "doctor", environment=environment(graph, production))
    assert done.code == 8
    command = f"hookscope pages subscribe {world.page.id} --app-id {graph.app_id} --fields feed,leadgen"
    assert f"→ {command}" in done.stdout
    assert "1 failed" in done.stderr


async def test_a_live_run_is_asked_and_not_disturbed(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        captures = len(run.of("capture"))
        done = await call(home, "doctor", "--json", environment=graph.environment)
        found = {one["check"]: one for one in done.objects}
        assert done.code == 0, done.stdout
        assert "own probe passes" in found["callback.answers"]["what"]
        assert "live run on this machine" in found["subscription.owner"]["what"]
        assert found["history.handshake"]["state"] == "ok"
        assert len(run.of("capture")) == captures


async def test_a_url_alone_needs_no_app(home: Home, production: Production) -> None:
    done = await call(home, "doctor", "--url", production.url, "--json")
    assert done.code == 0
    (line,) = done.objects
    assert (line["check"], line["state"]) == ("url.answers", "ok")
    missing = await call(home, "doctor", "--url", f"{production.url}/elsewhere", "--json")
    assert missing.code == 8
    assert missing.objects[0]["id"] == "status.not-found"


@pytest.mark.slow
async def test_an_unreachable_graph_api_and_a_missing_app_have_their_codes(home: Home, graph: Graph) -> None:
    away = {**graph.environment, "HOOKSCOPE_GRAPH_URL": "http://127.0.0.1:9"}
    assert (await call(home, "doctor", environment=away)).code == 4
    graph.server.knobs.turn({"limited_calls": 9})
    assert (await call(home, "doctor", environment=graph.environment)).code == 4
    graph.server.knobs.turn({"limited_calls": 0})
    assert (await call(home, "doctor")).code == 2
    assert (await call(home, "doctor", "--page", "me", environment=graph.environment)).code == 2
    assert (await call(home, "doctor", "--fields", "feed", environment=graph.environment)).code == 2


async def test_fix_puts_back_what_a_killed_run_left(home: Home, graph: Graph) -> None:
    async with start(home, "run", "--json", environment=graph.environment) as run:
        await run.next("subscription.active")
        await run.kill()
    assert graph.registered
    asked = await call(home, "doctor", "--fix", environment=graph.environment)
    assert asked.code == 2
    assert "--yes" in asked.stderr
    assert graph.registered
    done = await call(home, "doctor", "--fix", "--yes", "--json", environment=graph.environment)
    assert graph.registered == {}
    owners = [one["state"] for one in done.objects if one["check"] == "subscription.owner"]
    assert owners == ["failed"]
    assert all("check" in one for one in done.objects)
    assert len(done.objects) == len(done.stdout.splitlines())


async def test_fix_installs_a_missing_field_on_the_page(home: Home, graph: Graph, production: Production) -> None:
    await graph.preset(production.url, ["feed", "leadgen"])
    world = graph.server.world
    world.install(world.page.id, graph.app_id, ["feed"])
    done = await call(home, "doctor", "--fix", "--yes", environment=environment(graph, production))
    assert done.code == 0, done.stdout
    assert world.page.installed[graph.app_id] == ("feed", "leadgen")


async def test_a_run_in_the_sandbox_examines_itself(home: Home) -> None:
    async with start(home, "run", "--sandbox", "--json") as run:
        await run.next("capture", kind="notification")
        (record,) = (home.state / "runs").glob("*.json")
        async with ControlClient(json.loads(record.read_text())["address"]) as client:
            found = {one["check"]: one for one in await client.examine()}
        assert not [one for one in found.values() if one["state"] == "failed"]
        assert found["subscription.owner"]["state"] == "ok"
        assert found["history.handshake"]["state"] == "ok"
        assert found["history.signature"]["state"] == "ok"
