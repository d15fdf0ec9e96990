"""A relay: what it answers 200 is in the log, and what it registered outlives it."""

import signal

import pytest
from aiohttp import ClientSession

from hookscope.team.address import check_address
from hookscope.team.opening import initialize_log
from tests.e2e.conftest import Production
from tests.e2e.relay.conftest import PATH, Senders, Team, leads
from tests.support.captures import feed_body
from tests.support.free_port import free_port
from tests.support.postgres_server import own_postgres
from tests.support.program import call
from tests.support.slow import slow_rows_after
from tests.support.until import until


async def test_its_captures_are_in_the_log_and_its_registration_outlives_it(team: Team) -> None:
    home, port = team.machine("a"), free_port()
    token = {"HOOKSCOPE_VERIFY_TOKEN": "the-token-of-the-relay"}
    async with team.relay(home, "--fields", "feed", port=port, **token) as relay:
        active = await relay.next("subscription.active")
        assert active["callback_url"] == f"http://127.0.0.1:{port}{PATH}"
        assert await team.graph.deliver(feed_body("hello")) == 200
        capture = await relay.next("capture", kind="notification")
        async with ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
            async with session.get(f"http://127.0.0.1:{port}/favicon.ico") as answer:
                assert answer.status == 404
        relay.send(signal.SIGTERM)
        assert await relay.end() == 0
    assert "for the next relay; to put it back: hookscope teardown" in relay.of("subscription.kept")[0]["reason"]
    entries = await team.entries()
    assert [one.capture.kind for one in entries] == ["handshake", "notification"]
    assert entries[1].capture.id == capture["shared"]["seq"] == 2
    assert entries[1].capture.request.body == feed_body("hello")
    assert entries[1].relay == "a"
    assert "***" in entries[0].capture.request.target
    told = await team.everything()
    assert active["callback_url"].encode() in told
    assert [secret for secret in (team.graph.secret, *token.values()) if secret.encode() in told] == []
    registered, handshakes = team.graph.registered, len(team.graph.server.verifier.attempts)
    assert registered == {"page": (active["callback_url"], ["feed"])}

    async with team.relay(home, "--fields", "feed", port=port, **token) as relay:
        await relay.next("subscription.active")
        relay.send(signal.SIGTERM)
        assert await relay.end() == 0
    assert len(team.proxy.writes) == 1
    assert len(team.graph.server.verifier.attempts) == handshakes
    assert team.graph.registered == registered

    done = await call(home, "teardown", environment=team.environment)
    assert done.code == 0, done.stderr
    assert team.graph.registered == {}


async def test_a_relay_that_starts_before_its_database_waits_for_it(team: Team) -> None:
    """As after a power cut: a supervisor would give up starting it again, some seconds before the database is up."""
    with own_postgres() as server:
        address = check_address(server.url())
        await initialize_log(address)
        server.stop()
        home, log = team.machine("a"), server.url()
        async with team.relay(home, HOOKSCOPE_LOG=log) as relay:
            notice = await relay.next("notice", level="warning")
            assert "is away: " in notice["message"]
            assert "the relay waits for it" in notice["message"]
            relay.send(signal.SIGTERM)
            assert await relay.end() == 0
        dry = await call(home, "relay", "--dry-run", environment={**team.environment, "HOOKSCOPE_LOG": log})
        assert dry.code == 1
        async with team.relay(home, HOOKSCOPE_LOG=log) as relay:
            await relay.next("notice", level="warning")
            server.start()
            await leads(relay)
            assert await team.graph.deliver(feed_body("hello")) == 200


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_page_that_it_has_installed_the_app_on_stays_for_the_next_one(team: Team) -> None:
    home, port, world = team.machine("a"), free_port(), team.graph.server.world
    given = ("--fields", "feed,messages", "--page", world.page.id)
    token = {"HOOKSCOPE_PAGE_TOKEN": world.page.token.reveal()}
    world.install(world.page.id, team.graph.app_id, ("feed",))
    for writes in (2, 2):  # The app's subscription, and the Page's; then neither.
        async with team.relay(home, *given, port=port, **token) as relay:
            await leads(relay)
            await until(lambda: relay.of("page.installed") or "has the app installed with" in str(relay.of("notice")))
            relay.send(signal.SIGTERM)
            assert await relay.end() == 0
        assert len(team.proxy.writes) == writes
    done = await call(home, "teardown", environment={**team.environment, **token})
    assert done.code == 0, done.stderr
    assert world.page.installed.get(team.graph.app_id) == ("feed",)


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_foreign_callback_is_refused_and_after_a_takeover_put_back(team: Team, production: Production) -> None:
    home = team.machine("a")
    await team.graph.preset(production.url, ["feed"])
    async with team.relay(home) as relay:
        assert await relay.end() == 9
    assert "somebody else's callback" in relay.errors
    assert team.proxy.writes == []
    takeover = ("--takeover", "--restore-verify-token", production.token)
    async with team.relay(home, *takeover) as relay:
        await leads(relay)
        refused = await call(home, "teardown", environment=team.environment)
        assert "the relay that holds it is live: stop it first" in refused.stdout
        await relay.kill()
    done = await call(home, "teardown", environment=team.environment)
    assert done.code == 0, done.stderr
    assert team.graph.registered == {"page": (production.url, ["feed"])}


@pytest.mark.parametrize(
    ("arguments", "told"),
    slow_rows_after(
        2,
        [
            (("--to", "postgresql://relay:hunter22@127.0.0.1/hooks"), "a password does not belong on the command line"),
            (("--to", "postgresql://relay@127.0.0.1/hooks?password=hunter22"), "a password does not belong"),
            (("--path", "/healthz"), "/healthz cannot be the callback's path"),
            (("--log", "no_such_log"), "have the database's owner run: hookscope relay init"),
            (("--retain", "soon"), "soon"),
        ],
    ),
)
async def test_what_cannot_be_is_refused_before_anything_is_registered(
    team: Team, arguments: tuple[str, ...], told: str
) -> None:
    done = await call(team.machine("a"), "relay", *arguments, environment=team.environment)
    assert done.code == 2
    assert told in done.stderr
    assert "hunter22" not in done.stdout + done.stderr
    assert team.proxy.writes == []


@pytest.mark.slow
async def test_a_dry_run_shows_what_would_change_and_changes_nothing(team: Team, production: Production) -> None:
    home, dry = team.machine("a"), ("--fields", "feed", "--dry-run")
    async with team.relay(home, *dry) as relay:
        assert await relay.end() == 0
    assert [(one["change"], one["object"], one["fields"]) for one in relay.of("plan")] == [("create", "page", ["feed"])]
    async with team.relay(home, "--fields", "feed", port=(port := free_port())) as relay:
        url = (await relay.next("subscription.active"))["callback_url"]
        lease = (await team.status()).lease
        async with team.relay(team.machine("b"), *dry, "--public-url", url.removesuffix(PATH)) as other:
            assert await other.end() == 0
        assert [one["change"] for one in other.of("plan")] == ["continue"]
        now = (await team.status()).lease
        assert lease
        assert now
        assert (now.fence, now.holder) == (lease.fence, lease.holder)
    assert f":{port}/" in url
    assert len(team.proxy.writes) == 1
    await team.graph.preset(production.url, ["feed"])
    async with team.relay(home, *dry) as relay:
        assert await relay.end() == 9
    assert len(team.proxy.writes) == 1


@pytest.mark.slow
async def test_one_app_s_log_is_refused_to_another(team: Team) -> None:
    async with team.relay(team.machine("a")) as relay:
        await relay.next("subscription.active")
    other = {**team.environment, "HOOKSCOPE_APP_ID": "4711"}
    done = await call(team.machine("b"), "relay", environment=other)
    assert done.code == 2
    assert f"is that of app {team.graph.app_id}" in done.stderr


@pytest.mark.slow
async def test_at_a_sandbox_it_needs_nothing_that_the_environment_has_for_other_runs(team: Team) -> None:
    relay_at_sandbox = team.relay(
        team.machine("a"),
        "--sandbox",
        HOOKSCOPE_PUBLIC_URL="https://hooks.invalid",
        HOOKSCOPE_PAGE="4444",
        HOOKSCOPE_SCOPE="waba:7777",
    )
    async with relay_at_sandbox as relay:
        active = await relay.next("subscription.active")
        assert active["callback_url"].startswith("http://127.0.0.1:")
    assert team.proxy.writes == []


@pytest.mark.slow
async def test_strays_are_appended_where_that_is_asked_for(team: Team) -> None:
    port = free_port()
    async with team.relay(team.machine("a"), "--strays", port=port) as relay, ClientSession() as session:
        await relay.next("subscription.active")
        async with session.get(f"http://127.0.0.1:{port}/favicon.ico") as answer:
            assert answer.status == 404
        await relay.next("capture", kind="stray")
    assert [one.capture.kind for one in await team.entries()] == ["handshake", "stray"]


@pytest.mark.slow
async def test_its_log_is_made_shown_and_shortened(team: Team) -> None:
    home = team.machine("a")
    environment = {**team.environment, "HOOKSCOPE_LOG": team.log_url}
    made = await call(home, "relay", "init", "--log", "other", environment=environment)
    assert made.code == 0, made.stderr
    assert "real people" in made.stderr
    assert "no app secret, token, or ledger" in made.stderr
    async with team.relay(home, "--log", "other") as relay:
        active = await relay.next("subscription.active")
        async with ClientSession() as session:
            assert await Senders(team.graph.secret).one(session, active["callback_url"]) == 200
        shown = await call(home, "relay", "status", "--log", "other", environment=environment)
        assert shown.stdout.splitlines()[0].endswith(": @1 to @2")
        assert "relay      a:" in shown.stdout
        assert f"→ {active['callback_url']}" in shown.stdout
        told = await call(home, "relay", "status", "--log", "other", "--json", environment=environment)
        assert told.objects[0] == {**told.objects[0], "log": "other", "first": 1, "last": 2, "followers": []}
        assert told.objects[0]["holder"].startswith("a:")
        assert told.objects[0]["since"]
        arguments = ("relay", "trim", "--log", "other", "--older-than")
        assert (await call(home, *arguments, "1h", environment=environment)).stdout == "0 entries deleted\n"
        assert (await call(home, *arguments, "0s", environment=environment)).stdout == "2 entries deleted\n"
        relay.send(signal.SIGTERM)
        assert await relay.end() == 0
    idle = await call(home, "relay", "status", "--log", "other", environment=environment)
    assert ": nothing" in idle.stdout
    assert "none has the lease" in idle.stdout
