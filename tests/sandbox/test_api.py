"""The dialect: versions, headers, trace ids, and the failures that can be provoked."""

import asyncio
import json
import re

import pytest
from aiohttp import ClientError

from hookscope.meta.graph_error import GraphFault, read_fault
from tests.sandbox.callback import Callback
from tests.sandbox.conftest import Answer, Graph
from tests.sandbox.fake_clock import FakeClock


@pytest.mark.parametrize(
    ("asked", "served"),
    [("v25.0", "v25.0"), ("v26.0", "v26.0"), ("v21.0", "v21.0"), ("v20.0", "v21.0"), ("v2.10", "v21.0")],
)
async def test_an_ended_version_is_served_by_the_oldest_living_one(graph: Graph, asked: str, served: str) -> None:
    answer = await graph.call("GET", f"/{asked}/{graph.app_id}/subscriptions")

    assert (answer.status, answer.headers["facebook-api-version"]) == (200, served)


async def test_fields_carry_the_version_that_served_the_call(graph: Graph, callback: Callback) -> None:
    form = {"object": "page", "callback_url": callback.url, "verify_token": "meatyhamhock", "fields": "feed"}
    await graph.call("POST", f"/v19.0/{graph.app_id}/subscriptions", data=form)

    assert (await graph.subscriptions())[0]["fields"] == [{"name": "feed", "version": "v21.0"}]


@pytest.mark.parametrize("path", ["/v99.0/me", "/v25.0", "/", "/v25.0/a/b/c", "/v25.0/me/photos"])
async def test_an_unknown_path_is_refused(graph: Graph, path: str) -> None:
    answer = await graph.call("GET", path)

    assert (answer.status, answer.error["code"]) == (400, 2500)
    assert answer.error["message"].startswith("Unknown path components: /")


async def test_every_answer_has_the_headers_of_the_graph_api(graph: Graph) -> None:
    answer = await graph.call("GET", graph.edge)

    headers = answer.headers
    assert headers["content-type"] == "application/json; charset=UTF-8"
    assert json.loads(headers["x-app-usage"]) == {"call_count": 0, "total_cputime": 0, "total_time": 0}
    assert headers["access-control-allow-origin"] == "*"
    assert "no-store" in headers["cache-control"]
    assert headers["pragma"] == "no-cache"
    assert headers["expires"] == "Sat, 01 Jan 2000 00:00:00 GMT"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["etag"]
    assert {"x-fb-trace-id", "x-fb-request-id", "x-fb-rev", "x-fb-debug", "strict-transport-security"} <= set(headers)
    assert "www-authenticate" not in headers


async def test_a_trace_id_is_as_long_as_metas_and_never_the_same(graph: Graph) -> None:
    traces = [(await graph.call("GET", "/v25.0/42")).error["fbtrace_id"] for _ in range(3)]

    assert len(set(traces)) == 3
    for trace in traces:
        assert re.fullmatch(r"A[A-Za-z0-9_-]{21,22}", trace)


async def test_answers_are_escaped_as_meta_escapes(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)

    answer = await graph.call("GET", graph.edge)

    assert callback.url.replace("/", "\\/").encode() in answer.body


async def test_a_quote_in_an_error_does_not_break_its_header(graph: Graph) -> None:
    answer = await graph.call("GET", '/v25.0/"é')

    assert answer.status == 400
    assert answer.headers["www-authenticate"].count(' "') == 3


def _fault(answer: Answer) -> GraphFault:
    fault = read_fault(answer.status, answer.body)
    assert fault is not None
    return fault


@pytest.mark.parametrize(("failure", "status"), [("1", 500), ("2", 500), ("502", 502), ("503", 503)])
async def test_the_next_calls_of_a_method_fail_and_then_no_more(graph: Graph, failure: str, status: int) -> None:
    graph.server.knobs.turn({"failing_calls": 2, "failing_method": "GET", "call_failure": failure})

    deleted = await graph.call("DELETE", graph.edge)
    answers = [await graph.call("GET", graph.edge) for _ in range(3)]

    assert deleted.status == 200
    assert [answer.status for answer in answers] == [status, status, 200]
    fault = _fault(answers[0])
    assert fault.worth_retrying
    assert fault.is_transient == (failure in ("1", "2"))


async def test_a_success_can_carry_no_json(graph: Graph) -> None:
    graph.server.knobs.turn({"failing_calls": 1, "call_failure": "200"})

    answer = await graph.call("GET", graph.edge)

    assert (answer.status, answer.body) == (200, b"Service Unavailable")


async def test_an_answer_can_be_lost_after_the_call_was_carried_out(graph: Graph, callback: Callback) -> None:
    graph.server.knobs.turn({"failing_calls": 1, "failing_method": "POST", "call_failure": "lost"})

    with pytest.raises(ClientError):
        await graph.subscribe(callback.url)

    assert [row["callback_url"] for row in await graph.subscriptions()] == [callback.url]


@pytest.mark.parametrize(("code", "status"), [(4, 403), (17, 400), (32, 400), (613, 400)])
async def test_a_rate_limit_comes_with_usage_headers(graph: Graph, code: int, status: int) -> None:
    graph.server.knobs.turn({"limited_calls": 1, "limit_code": code})

    limited, free = await graph.call("GET", graph.edge), await graph.call("GET", graph.edge)

    assert (limited.status, limited.error["code"], free.status) == (status, code, 200)
    assert limited.error["message"].startswith(f"(#{code}) ")
    assert _fault(limited).is_rate_limit
    assert (json.loads(limited.headers["x-app-usage"])["call_count"] == 100) == (code in (4, 17))
    assert ("x-business-use-case-usage" in limited.headers) == (code == 32)


async def test_the_usage_shown_can_be_chosen(graph: Graph) -> None:
    graph.server.knobs.usage_percent = 83

    answer = await graph.call("GET", graph.edge)

    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 83


async def test_a_post_can_be_slow(graph: Graph, callback: Callback, clock: FakeClock) -> None:
    graph.server.knobs.slow_post = 30
    post = asyncio.create_task(graph.subscribe(callback.url))

    assert await clock.run_to_next() == 30
    assert (await post).status == 200
