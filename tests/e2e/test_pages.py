"""`hookscope pages` against a Graph API of its own."""

import signal

import pytest
from aiohttp import web

from hookscope.graph.installations.ledger import InstallationLedger
from tests.e2e.conftest import Graph
from tests.graph.scripted_graph import ScriptedGraph, answer
from tests.support.program import Done, Home, call, start
from tests.support.terminal import on_terminal
from tests.support.until import until


class PagesCommand:
    """The command with the tokens of the sandbox, and what its Page has for the app."""

    def __init__(self, home: Home, graph: Graph) -> None:
        self._home = home
        self._world = graph.server.world
        self.page = self._world.page.id
        self.token = self._world.page.token.reveal()
        self.user_token = self._world.user.token.reveal()
        self.environment = {**graph.environment, "HOOKSCOPE_PAGE_TOKEN": self.token}
        self.set("feed")

    def set(self, *fields: str) -> None:
        self._world.install(self.page, self._world.app.id, fields)

    def fields(self) -> tuple[str, ...] | None:
        return self._world.page.installed.get(self._world.app.id)

    async def __call__(self, *arguments: str, **environment: str) -> Done:
        return await call(self._home, "pages", *arguments, environment={**self.environment, **environment})


@pytest.fixture
def pages(home: Home, graph: Graph) -> PagesCommand:
    return PagesCommand(home, graph)


async def test_pages_are_listed_with_their_fields_and_never_with_a_token(pages: PagesCommand) -> None:
    done = await pages("list", "--json", HOOKSCOPE_USER_TOKEN=pages.user_token)
    assert done.objects == [{"id": pages.page, "name": "Sandbox Page", "installed": True, "fields": ["feed"]}]
    assert pages.token not in done.stdout + done.stderr
    assert "installed" in (await pages("list")).stdout


async def test_a_user_token_finds_the_page_and_a_file_may_hold_a_token(
    pages: PagesCommand, home: Home, graph: Graph
) -> None:
    (home.work / "token").write_text(f"{pages.token}\n")
    for given in ({"HOOKSCOPE_USER_TOKEN": pages.user_token}, {}):
        file = () if given else ("--page-token-file", "token")
        done = await call(home, "pages", "list", "--json", *file, environment={**graph.environment, **given})
        assert [page["id"] for page in done.objects] == [pages.page]


async def test_fields_are_added_and_unsubscribe_takes_just_these_away(pages: PagesCommand) -> None:
    done = await pages("subscribe", pages.page, "--fields", "messages,feed", "--json")
    assert (done.code, done.objects[0]["fields"]) == (0, ["feed", "messages"])
    assert "plan       install" in done.stderr
    assert "not subscribed to messages" in done.stderr
    assert pages.fields() == ("feed", "messages")
    undone = await pages("unsubscribe", "--json", "--yes")
    assert (undone.code, undone.objects[0]["fields"], pages.fields()) == (0, ["feed"], ("feed",))
    pages.set("feed", "messages")  # By somebody else.
    assert (await pages("unsubscribe", "--yes")).code == 0
    assert pages.fields() is None


async def test_what_meta_does_not_remove_can_be_undone_later(pages: PagesCommand, graph: Graph) -> None:
    await pages("subscribe", pages.page, "--fields", "messages")
    graph.server.knobs.swallow_page_install = True
    failed = await pages("unsubscribe", "--yes")
    assert (failed.code, "still has messages" in failed.stderr) == (4, True)
    graph.server.knobs.swallow_page_install = False
    assert (await pages("unsubscribe", "--yes")).code == 0
    assert pages.fields() == ("feed",)


async def test_two_subscribes_are_undone_together(pages: PagesCommand) -> None:
    for name in ("messages", "mention"):
        assert (await pages("subscribe", "--page", pages.page, "--fields", name)).code == 0
    assert (await pages("unsubscribe", pages.page, "--yes")).code == 0
    assert pages.fields() == ("feed",)


async def test_unsubscribe_without_a_subscribe_removes_the_app_or_some_fields(pages: PagesCommand) -> None:
    pages.set("feed", "messages")
    assert (await pages("unsubscribe", "--fields", "feed", "--yes")).code == 0
    assert pages.fields() == ("messages",)
    shown = await pages("unsubscribe", "--dry-run")
    assert "the app is removed from it" in shown.stderr
    assert pages.fields() == ("messages",)
    assert (await pages("unsubscribe", "--yes")).code == 0
    assert pages.fields() is None
    assert "not installed" in (await pages("unsubscribe", "--yes")).stderr


async def test_a_dry_run_shows_the_plan_and_changes_nothing(pages: PagesCommand) -> None:
    done = await pages("subscribe", "--fields", "messages", "--dry-run")
    assert (done.code, done.stdout, pages.fields()) == (0, "", ("feed",))
    assert "add messages (now the fields feed)" in done.stderr


async def test_a_hundred_fields_are_counted_where_people_read_and_all_in_json(pages: PagesCommand) -> None:
    names = tuple(f"field_{number:02}" for number in range(100))
    pages.set(*names)
    done = await pages("list")
    assert "field_07, and 92 more]" in done.stdout
    assert "field_08" not in done.stdout
    assert (await pages("list", "--json")).objects[0]["fields"] == list(names)
    for change in ("subscribe", "unsubscribe"):
        plan = (await pages(change, "--fields", "field_00", "--dry-run")).stderr
        assert "more" in plan
        assert "field_20" not in plan


@pytest.mark.parametrize(
    ("environment", "code", "message", "hint"),
    [
        ({"HOOKSCOPE_PAGE_TOKEN": ""}, 2, "a Page token is missing", "HOOKSCOPE_USER_TOKEN"),
        ({"HOOKSCOPE_PAGE_TOKEN": "EAA\udcff\udcfe"}, 2, "the access token in HOOKSCOPE_PAGE_TOKEN", "copy it again"),
        ({"HOOKSCOPE_PAGE_TOKEN": "EAAmadeuptoken0000"}, 4, "expired, revoked", "HOOKSCOPE_PAGE_TOKEN"),
        ({"HOOKSCOPE_APP_SECRET": "f" * 32}, 4, "another app's, or the app secret is", "for this app"),
    ],
)
async def test_a_token_that_does_not_fit_is_explained(
    pages: PagesCommand, environment: dict[str, str], code: int, message: str, hint: str
) -> None:
    done = await pages("subscribe", "--fields", "messages", **environment)
    assert done.code == code
    assert message in done.stderr
    assert hint in done.stderr
    assert "EAAmadeup" not in done.stderr


async def test_another_page_a_permission_and_a_field_are_explained(pages: PagesCommand, graph: Graph) -> None:
    other = await pages("subscribe", "99", "--fields", "feed")
    assert (other.code, "no token for Page 99" in other.stderr) == (2, True)
    unknown = await pages("subscribe", "--fields", "mesages")
    assert (unknown.code, "did you mean 'messages'?" in unknown.stderr) == (4, True)
    graph.server.knobs.page_permission = False
    refused = await pages("list")
    assert refused.code == 4
    assert "pages_manage_metadata" in refused.stderr
    word = await pages("subscribe", "my-page")
    assert (word.code, "not a Page id" in word.stderr) == (2, True)


async def test_whoever_says_no_keeps_the_page(pages: PagesCommand, home: Home) -> None:
    arguments = ("pages", "subscribe", pages.page, "--fields", "messages")
    async with on_terminal(home, *arguments, environment=pages.environment) as terminal:
        await terminal.shows("[y/N]")
        terminal.type("n\n")
        assert await terminal.end() == 0
    assert b"nothing was changed" in terminal.screen
    assert pages.fields() == ("feed",)


async def test_fields_that_come_in_another_order_are_the_same(pages: PagesCommand, home: Home) -> None:
    await pages("subscribe", pages.page, "--fields", "messages")
    async with on_terminal(home, "pages", "unsubscribe", pages.page, environment=pages.environment) as terminal:
        await terminal.shows("[y/N]")
        pages.set("messages", "feed")
        terminal.type("y\n")
        assert await terminal.end() == 0
    assert pages.fields() == ("feed",)


async def test_a_field_that_is_added_while_the_user_is_asked_stays(pages: PagesCommand, home: Home) -> None:
    await pages("subscribe", pages.page, "--fields", "messages")
    async with on_terminal(home, "pages", "unsubscribe", pages.page, environment=pages.environment) as terminal:
        await terminal.shows("[y/N]")
        pages.set("feed", "messages", "mention")
        terminal.type("y\n")
        assert await terminal.end() == 9
    assert b"has changed since it was read" in terminal.screen
    assert pages.fields() == ("feed", "messages", "mention")


async def test_ctrl_c_while_a_page_is_changed_waits_for_that_and_puts_it_back(
    pages: PagesCommand, home: Home, graph: Graph
) -> None:
    graph.server.knobs.slow_post = 1.0
    ledger = InstallationLedger(home.journal.with_name("ledger.db"))
    arguments = ("pages", "subscribe", pages.page, "--fields", "messages")
    async with start(home, *arguments, environment=pages.environment) as program:
        await until(ledger.open_entries)
        program.send(signal.SIGINT)
        assert await program.end() == 130
    assert "Traceback" not in program.errors
    assert (pages.fields(), ledger.open_entries()) == (("feed",), [])


async def test_a_page_that_refuses_is_named_below_the_others(home: Home) -> None:
    async def graph(request: web.Request) -> web.Response:
        node, edge = request.path.split("/")[-2:]
        if edge == "accounts":
            rows = [{"id": page, "name": page, "access_token": f"token-{page}"} for page in ("71", "72", "73")]
            return web.json_response({"data": rows})
        if node != "72":
            return web.json_response({"error": {"code": 200, "message": f"(#200) No role on {node}"}}, status=403)
        return web.json_response({"data": []})

    async with ScriptedGraph(graph) as server:
        done = await call(home, "pages", "list", "--json", environment=_user_of(server))
    assert done.code == 4
    assert [line["id"] for line in done.objects] == ["72"]
    assert ["No role on 71" in done.stderr, "No role on 73" in done.stderr] == [True, True]


async def test_tokens_without_a_page_are_said_to_have_none(home: Home) -> None:
    async with ScriptedGraph(answer({"data": []})) as server:
        done = await call(home, "pages", "list", environment=_user_of(server))
    assert (done.code, done.stdout) == (0, "")
    assert "no Page" in done.stderr
    assert "pages_show_list" in done.stderr


def _user_of(server: ScriptedGraph) -> dict[str, str]:
    return {
        "HOOKSCOPE_APP_ID": "1",
        "HOOKSCOPE_APP_SECRET": "s" * 32,
        "HOOKSCOPE_GRAPH_URL": server.url,
        "HOOKSCOPE_USER_TOKEN": "EAAmadeup",
    }
