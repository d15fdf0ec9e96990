"""`hookscope run` with Pages, and with the callback of a WhatsApp account or phone number: all is put back."""

import asyncio
import signal

import pytest
from aiohttp import ClientSession

from tests.e2e.conftest import Graph, Production
from tests.support.program import Home, Program, call, start
from tests.support.slow import slow_rows_after

WHATSAPP = "whatsapp_business_account"


class Accounts:
    """The sandbox's Page and WhatsApp account, as they stand for the app."""

    def __init__(self, graph: Graph) -> None:
        world = self._world = graph.server.world
        self.page = world.page.id
        self.waba = f"waba:{world.whatsapp.id}"
        self.phone = f"phone:{world.whatsapp.phone_number_id}"
        self.environment = {
            **graph.environment,
            "HOOKSCOPE_PAGE_TOKEN": world.page.token.reveal(),
            "HOOKSCOPE_USER_TOKEN": world.user.token.reveal(),
        }
        self.install("feed")

    def install(self, *fields: str) -> None:
        self._world.install(self.page, self._world.app.id, fields)

    def fields(self) -> tuple[str, ...] | None:
        return self._world.page.installed.get(self._world.app.id)

    def override(self) -> str | None:
        found = self._world.whatsapp.override(self._world.app.id)
        return found.callback_url if found else None


@pytest.fixture
def accounts(graph: Graph) -> Accounts:
    return Accounts(graph)


async def _stop(run: Program) -> int:
    run.send(signal.SIGINT)
    return await run.end()


async def test_a_page_has_the_fields_during_a_run_and_its_own_afterward(
    home: Home, graph: Graph, accounts: Accounts
) -> None:
    arguments = ("run", "--json", "--page", accounts.page, "--fields", "messages")
    async with start(home, *arguments, environment=accounts.environment) as run:
        installed = await run.next("page.installed")
        assert installed["fields"] == ["feed", "messages"]
        assert installed["displaced"] == ["feed"]
        assert accounts.fields() == ("feed", "messages")
        assert await _stop(run) == 0
        assert run.of("page.restored")[0]["page"] == accounts.page
    assert (accounts.fields(), graph.registered) == (("feed",), {})
    for token in (accounts.environment["HOOKSCOPE_PAGE_TOKEN"], accounts.environment["HOOKSCOPE_USER_TOKEN"]):
        assert token not in "".join(run.lines) + run.errors
        assert not any(token.encode() in file.read_bytes() for file in home.folder.rglob("*") if file.is_file())


async def test_teardown_puts_a_page_back_after_a_kill_and_needs_its_token(
    home: Home, graph: Graph, accounts: Accounts
) -> None:
    arguments = ("run", "--json", "--fields", "messages")
    environment = {**accounts.environment, "HOOKSCOPE_PAGE": accounts.page}
    async with start(home, *arguments, environment=environment) as run:
        await run.next("page.installed")
        await run.kill()
    assert accounts.fields() == ("feed", "messages")
    bare = await call(home, "teardown", "--yes", environment=graph.environment)
    assert bare.code == 7
    assert f"--scope page:{accounts.page}" in bare.stderr
    assert "HOOKSCOPE_PAGE_TOKEN" in bare.stderr
    foretold = await call(home, "teardown", "--dry-run", environment=accounts.environment)
    assert "it would have the fields feed instead of the fields feed, messages" in foretold.stdout
    scope = ("--scope", f"page:{accounts.page}")
    assert (await call(home, "teardown", *scope, environment=accounts.environment)).code == 0
    assert (accounts.fields(), graph.registered) == (("feed",), {})
    assert "nothing is left" in (await call(home, "teardown", environment=accounts.environment)).stderr


async def test_a_page_that_cannot_be_put_back_ends_with_7(home: Home, graph: Graph, accounts: Accounts) -> None:
    arguments = ("run", "--json", "--page", accounts.page, "--fields", "messages")
    async with start(home, *arguments, environment=accounts.environment) as run:
        await run.next("page.installed")
        graph.server.knobs.page_permission = False
        assert await _stop(run) == 7
    assert f"hookscope teardown --app-id {graph.app_id} --scope page:{accounts.page}" in run.errors
    assert graph.registered == {}


async def test_a_page_that_refuses_leaves_the_app_as_it_was(home: Home, graph: Graph, accounts: Accounts) -> None:
    graph.server.knobs.unpermitted_fields = ("messages",)
    arguments = ("run", "--json", "--page", accounts.page, "--fields", "messages")
    done = await call(home, *arguments, environment=accounts.environment)
    assert done.code == 4
    assert (accounts.fields(), graph.registered) == (("feed",), {})


@pytest.mark.parametrize("which", ["waba", "phone"])
async def test_an_override_brings_events_here_and_spares_production(
    which: str, home: Home, graph: Graph, production: Production, accounts: Accounts
) -> None:
    await graph.preset(production.url, ["messages", "account_update"], WHATSAPP)
    scope: str = getattr(accounts, which)
    async with start(home, "run", "--json", "--scope", scope, environment=accounts.environment) as run:
        active = await run.next("subscription.active")
        assert (active["object"], active["fields"], active["scope"]) == (WHATSAPP, ["messages"], scope)
        assert accounts.override() == active["callback_url"]
        assert graph.registered[WHATSAPP] == (production.url, ["account_update", "messages"])
        sent: dict[str, object] = {"object": WHATSAPP, "field": "messages"}
        await _send(graph, sent)
        notification = await run.next("capture", kind="notification")
        assert notification["events"][0]["field"] == "messages"
        assert await _stop(run) == 0
        assert run.of("subscription.restored")[0]["scope"] == scope
    assert accounts.override() is None
    assert graph.registered[WHATSAPP] == (production.url, ["account_update", "messages"])


async def test_a_killed_run_leaves_the_way_back_of_an_override(
    home: Home, graph: Graph, production: Production, accounts: Accounts
) -> None:
    await graph.preset(production.url, ["messages"], WHATSAPP)
    arguments = ("run", "--json", "--scope", accounts.waba)
    async with start(home, *arguments, environment=accounts.environment) as run:
        await run.next("subscription.active")
        await run.kill()
    assert accounts.override()
    assert (await call(home, "teardown", "--yes", environment=accounts.environment)).code == 0
    assert accounts.override() is None


async def test_an_entry_can_be_forgotten_without_a_look_at_the_account(
    home: Home, graph: Graph, production: Production, accounts: Accounts
) -> None:
    await graph.preset(production.url, ["messages"], WHATSAPP)
    async with start(home, "run", "--json", "--scope", accounts.waba, environment=accounts.environment) as run:
        await run.next("subscription.active")
        await run.kill()
    done = await call(home, "teardown", "--forget", "--yes", environment=graph.environment)
    assert (done.code, f"forgotten  {accounts.waba}" in done.stdout) == (0, True)
    assert accounts.override()
    assert "nothing is left" in (await call(home, "teardown", environment=graph.environment)).stderr


async def test_a_foreign_whatsapp_callback_is_refused_with_the_override_as_a_way_out(
    home: Home, graph: Graph, production: Production, accounts: Accounts
) -> None:
    await graph.preset(production.url, ["messages", "account_update"], WHATSAPP)
    run = ("run", "--json", "--object", WHATSAPP, "--fields")
    fits, fixed = await asyncio.gather(
        *(call(home, *run, field, environment=graph.environment) for field in ("messages", "account_update"))
    )
    assert (fits.code, fixed.code) == (9, 9)
    assert "--scope waba:ID" in fits.stderr
    assert "test app" in fits.stderr
    assert "--scope" not in fixed.stderr


@pytest.mark.parametrize(
    ("arguments", "fields", "code", "message"),
    slow_rows_after(
        3,
        [
            (("--scope", "waba:x"), ["messages"], 2, "waba:ID or phone:ID"),
            (("--scope", "waba:1", "--object", "page"), ["messages"], 2, f"add --object {WHATSAPP}"),
            (("--scope", "WABA"), [], 2, "has no subscription for"),
            (("--scope", "WABA", "--fields", "account_update"), ["messages"], 2, "always go to the app's own callback"),
            (("--scope", "WABA", "--fields", "calls"), ["messages"], 2, "subscriptions add"),
            (
                (
                    "--scope",
                    "waba:1",
                ),
                ["messages"],
                4,
                "does not exist",
            ),
            (("--page", "PAGE", "--object", "user"), [], 2, "add --object page"),
            (("--sandbox", "--page", "PAGE"), [], 2, "hookscope sandbox"),
            (("--page", "99"), [], 2, "no token for Page 99"),
        ],
    ),
)
async def test_impossible_settings_are_refused_before_anything_changes(
    arguments: tuple[str, ...],
    fields: list[str],
    code: int,
    message: str,
    home: Home,
    graph: Graph,
    production: Production,
    accounts: Accounts,
) -> None:
    if fields:
        await graph.preset(production.url, fields, WHATSAPP)
    before = graph.registered
    named = {"WABA": accounts.waba, "PAGE": accounts.page}
    given = [named.get(one, one) for one in arguments]
    done = await call(home, "run", "--json", *given, environment=accounts.environment)
    assert done.code == code, done.stderr
    assert message in done.stderr
    assert (graph.registered, accounts.override(), accounts.fields()) == (before, None, ("feed",))


async def test_a_dry_run_shows_what_accounts_would_have(
    home: Home, graph: Graph, production: Production, accounts: Accounts
) -> None:
    await graph.preset(production.url, ["messages"], WHATSAPP)
    objects = ("--object", "page", "--object", WHATSAPP, "--fields", "page:mention", "--page", accounts.page)
    arguments = ("run", "--json", "--dry-run", *objects, "--scope", accounts.phone)
    done = await call(home, *arguments, environment=accounts.environment)
    assert done.code == 0
    changes = [one for one in done.objects if one["type"] == "plan"]
    assert [one["change"] for one in changes] == ["create", "install", "override"]
    assert (changes[1]["displaced"]["fields"], changes[2]["scope"]) == (["feed"], accounts.phone)
    assert (accounts.override(), accounts.fields()) == (None, ("feed",))


async def _send(graph: Graph, wanted: dict[str, object]) -> None:
    async with ClientSession() as session, session.post(f"{graph.server.url}/sandbox/send", json=wanted) as answer:
        assert answer.status == 200, await answer.text()
