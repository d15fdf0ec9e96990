"""`hookscope fetch` against a Graph API that holds what it has told of."""

import signal
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from tests.e2e.conftest import Graph
from tests.graph.scripted_graph import ScriptedGraph, answer
from tests.support.program import Done, Home, Program, call, start
from tests.support.slow import slow_rows_after

WHATSAPP = "whatsapp_business_account"


class Fetching:
    """A run that has captured what the sandbox sent, and the command with the sandbox's tokens."""

    def __init__(self, home: Home, graph: Graph, run: Program) -> None:
        world = graph.server.world
        self.home = home
        self.graph = graph
        self.run = run
        self.token = world.page.token.reveal()
        self.user_token = world.user.token.reveal()
        self.environment = {
            **graph.environment,
            "HOOKSCOPE_PAGE_TOKEN": self.token,
            "HOOKSCOPE_USER_TOKEN": self.user_token,
        }

    async def send(self, sample: str, **more: object) -> str:
        """Have the sandbox send a sample; the capture's number."""
        before = sum(one["kind"] == "notification" for one in self.run.of("capture"))
        async with ClientSession() as session:
            url = f"{self.graph.server.url}/sandbox/send"
            async with session.post(url, json={"sample": sample, **more}) as sent:
                assert sent.status == 200, await sent.text()
        capture = await self.run.next("capture", kind="notification", after=before)
        return str(capture["id"])

    async def __call__(self, *arguments: str, **environment: str) -> Done:
        return await call(self.home, "fetch", *arguments, environment={**self.environment, **environment})


@pytest.fixture
async def fetch(home: Home, graph: Graph) -> AsyncIterator[Fetching]:
    fields = ("--fields", "page:feed,conversations,leadgen,messages,name", "--fields", f"{WHATSAPP}:messages")
    arguments = ("run", "--json", "--object", "page", "--object", WHATSAPP, *fields)
    async with start(home, *arguments, environment=graph.environment) as run:
        for number in range(2):
            await run.next("subscription.active", after=number)
        yield Fetching(home, graph, run)
        run.send(signal.SIGINT)
        assert await run.end() == 0


async def test_a_lead_is_read_shown_and_kept_with_its_capture(fetch: Fetching) -> None:
    number = await fetch.send("page.leadgen")
    done = await fetch(number, "--json")
    assert done.code == 0, done.stderr
    (node,) = done.objects
    assert (node["capture_id"], node["kind"]) == (int(number), "lead")
    assert node["answer"]["field_data"][1] == {"name": "email", "values": ["ada@example.com"]}
    (shown,) = (await call(fetch.home, "captures", "show", number, "--json")).objects
    assert shown["fetched"] == [node]
    assert "fetched    lead" in (await call(fetch.home, "captures", "show", number)).stdout
    again = await fetch(number)
    assert "ada@example.com" in again.stdout
    (shown,) = (await call(fetch.home, "captures", "show", number, "--json")).objects
    assert len(shown["fetched"]) == 1
    for token in (fetch.token, fetch.user_token):
        assert token not in done.stdout + done.stderr + again.stdout + again.stderr
        assert not any(token.encode() in file.read_bytes() for file in fetch.home.folder.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    ("sample", "kinds", "key"),
    slow_rows_after(
        1,
        [
            ("page.conversations", ["conversation"], "messages"),
            ("page.conversations.thread", ["conversation"], "participants"),
            ("page.feed.comment", ["comment", "post"], "message"),
            ("page.messages", ["message"], "message"),
            (f"{WHATSAPP}.messages.image", ["whatsapp media"], "mime_type"),
        ],
    ),
)
async def test_each_kind_is_read(fetch: Fetching, sample: str, kinds: list[str], key: str) -> None:
    done = await fetch(await fetch.send(sample), "--json")
    assert done.code == 0, done.stderr
    assert [node["kind"] for node in done.objects] == kinds
    assert key in done.objects[0]["answer"]


async def test_a_user_token_finds_the_pages_token(fetch: Fetching) -> None:
    number = await fetch.send("page.leadgen")
    assert (await fetch(number, HOOKSCOPE_PAGE_TOKEN="")).code == 0


@pytest.mark.slow
async def test_an_unreadable_body_is_explained(fetch: Fetching) -> None:
    number, named = await fetch.send("page.leadgen"), await fetch.send("page.name")
    bare = await fetch(number, HOOKSCOPE_PAGE_TOKEN="", HOOKSCOPE_USER_TOKEN="")
    assert (bare.code, "HOOKSCOPE_PAGE_TOKEN" in bare.stderr) == (2, True)
    nothing = await fetch(named)
    assert (nothing.code, "refers to nothing that can be read" in nothing.stderr) == (2, True)
    handshake = await fetch("1")
    assert (handshake.code, "handshake" in handshake.stderr) == (2, True)
    fetch.graph.server.knobs.page_permission = False
    refused = await fetch(number)
    assert (refused.code, "pages_read_engagement" in refused.stderr) == (4, True)
    fetch.graph.server.knobs.page_permission = True
    test = await fetch.send("page.feed.comment", test=True)
    made_up = await fetch(test)
    assert (made_up.code, "made up" in made_up.stderr) == (4, True)


async def test_the_links_of_a_paging_lose_their_token(fetch: Fetching) -> None:
    number = await fetch.send("page.conversations")
    page_id = fetch.graph.server.world.page.id
    link = f"https://graph.facebook.com/v25.0/t_1/messages?access_token={fetch.token}&after=x"
    conversation = {"id": "t_1", "messages": {"data": [], "paging": {"next": link}}, "note": f"told {fetch.token}"}
    async with ScriptedGraph(answer({"id": page_id, "name": "P"}), answer(conversation)) as scripted:
        done = await fetch(number, "--json", HOOKSCOPE_GRAPH_URL=scripted.url, HOOKSCOPE_USER_TOKEN="")
    assert done.code == 0, done.stderr
    assert done.objects[0]["answer"]["messages"]["paging"]["next"].endswith("access_token=•••&after=x")
    assert fetch.token not in done.stdout
    assert fetch.token.encode() not in fetch.home.journal.read_bytes()


@pytest.mark.slow
async def test_what_a_sandbox_of_a_live_run_has_told_of_is_read_through_the_run(home: Home) -> None:
    async with start(home, "run", "--sandbox", "--json", "--fields", "leadgen") as run:
        number = (await run.next("capture", kind="notification"))["id"]
        done = await call(home, "fetch", str(number), "--json")
        assert done.code == 0, done.stderr
        assert done.objects[0]["kind"] == "lead"
        run.send(signal.SIGINT)
        assert await run.end() == 0
    gone = await call(home, "fetch", str(number))
    assert (gone.code, "has ended" in gone.stderr) == (2, True)
