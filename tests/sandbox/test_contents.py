"""The nodes that notifications refer to: whose token reads them."""

from tests.sandbox.callback import Callback
from tests.sandbox.conftest import Graph

_LEAD = {"page_id": "1", "form_id": "7001", "leadgen_id": "7002", "created_time": 1}
_COMMENT = {"item": "comment", "verb": "add", "comment_id": "1_2", "post_id": "1_1", "message": "Hi"}


async def test_a_lead_and_its_form_are_read_with_the_users_token_too(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url, fields="leadgen")
    await graph.call(
        "POST", f"/v25.0/{graph.page_id}/subscribed_apps", token=graph.page_token, data={"subscribed_fields": "leadgen"}
    )
    await graph.admin("send", field="leadgen", value=_LEAD)

    for token in (graph.user_token, graph.page_token):
        lead = await graph.call("GET", "/v25.0/7002?fields=field_data,form_id", token=token)
        assert (lead.json["form_id"], lead.json["field_data"][0]["name"]) == ("7001", "full_name")
        form = await graph.call("GET", "/v25.0/7001?fields=id,name,locale,status,page,questions", token=token)
        assert (form.json["status"], form.json["page"]["id"]) == ("ACTIVE", graph.page_id)
        assert form.json["questions"][0]["key"] == "full_name"
    assert (await graph.call("GET", "/v25.0/7002")).error["code"] == 210


async def test_a_comment_is_read_with_its_pages_token_only(graph: Graph, callback: Callback) -> None:
    await graph.subscribe(callback.url)
    await graph.admin("send", field="feed", value=_COMMENT)

    assert (await graph.call("GET", "/v25.0/1_2", token=graph.page_token)).json["message"] == "Hi"
    assert (await graph.call("GET", "/v25.0/1_2", token=graph.user_token)).error["code"] == 210
