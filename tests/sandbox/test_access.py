"""Access rules: tokens, the proof, and the edges about them."""

import hmac
import re

import pytest

from hookscope.sandbox import access
from hookscope.secret_sources import Secret
from tests.sandbox.conftest import Graph
from tests.sandbox.fake_clock import FakeClock

_GOLDEN_SECRET = Secret("0123456789abcdef0123456789abcdef")
_GOLDEN_PROOF = "eedb181121143b604e08914dee345f442e6a9e23aee7635bc308d3dd90c1a4e6"


def test_the_golden_proof_is_right() -> None:
    assert access.is_proof(_GOLDEN_PROOF, _GOLDEN_SECRET, f"1234567890|{_GOLDEN_SECRET.reveal()}")


def test_a_proof_of_another_token_is_wrong() -> None:
    assert not access.is_proof(_GOLDEN_PROOF, _GOLDEN_SECRET, "1234567890|another")


def _proof(graph: Graph, token: str) -> str:
    """Return the proof of a token, or of a token and a time as `token|time`."""
    return hmac.digest(graph.server.world.app.secret.reveal().encode(), token.encode(), "sha256").hex()


async def test_a_right_proof_is_taken_and_a_wrong_one_refused(graph: Graph) -> None:
    right = await graph.call("GET", graph.edge, params={"appsecret_proof": _proof(graph, graph.app_token)})
    wrong = await graph.call("GET", graph.edge, params={"appsecret_proof": "0" * 64})

    assert right.status == 200
    assert wrong.status == 400
    assert wrong.error["message"] == "Invalid appsecret_proof provided in the API argument"
    assert (wrong.error["type"], wrong.error["code"]) == ("GraphMethodException", 100)


async def test_a_proof_can_be_required(graph: Graph) -> None:
    graph.server.knobs.require_appsecret_proof = True

    without = await graph.call("GET", graph.edge)
    right = await graph.call("GET", graph.edge, params={"appsecret_proof": _proof(graph, graph.app_token)})

    assert without.error["message"] == "API calls from the server require an appsecret_proof argument"
    assert (without.error["type"], without.error["code"]) == ("GraphMethodException", 100)
    assert right.status == 200


@pytest.mark.parametrize("age", [0, 299, -299])
async def test_a_timed_proof_is_good_for_five_minutes(graph: Graph, clock: FakeClock, age: int) -> None:
    time = int(clock.now().timestamp()) - age
    proof = _proof(graph, f"{graph.app_token}|{time}")

    answer = await graph.call("GET", graph.edge, params={"appsecret_proof": proof, "appsecret_time": time})

    assert answer.status == 200


@pytest.mark.parametrize(("proved", "told"), [(-301, -301), (301, 301), (0, 1), (None, 0)])
async def test_a_timed_proof_of_another_time_is_refused(
    graph: Graph, clock: FakeClock, proved: int | None, told: int
) -> None:
    now = int(clock.now().timestamp())
    proof = _proof(graph, graph.app_token if proved is None else f"{graph.app_token}|{now + proved}")

    answer = await graph.call("GET", graph.edge, params={"appsecret_proof": proof, "appsecret_time": now + told})

    assert answer.error["message"] == "Invalid appsecret_proof provided in the API argument"
    assert (answer.error["type"], answer.error["code"]) == ("GraphMethodException", 100)


@pytest.mark.parametrize("time", ["soon", "-1", "9" * 5000, "1e9"])
async def test_a_time_that_is_none_is_refused(graph: Graph, time: str) -> None:
    proof = _proof(graph, f"{graph.app_token}|{time}")

    answer = await graph.call("GET", graph.edge, params={"appsecret_proof": proof, "appsecret_time": time})

    assert answer.error["message"] == "Invalid appsecret_proof provided in the API argument"


async def test_debug_token_takes_the_proof_of_the_token_asked_about_unless_told_not_to(graph: Graph) -> None:
    asked = {"input_token": graph.page_token, "appsecret_proof": _proof(graph, graph.page_token)}

    lenient = await graph.call("GET", "/debug_token", params=asked)
    graph.server.knobs.strict_debug_proof = True
    strict = await graph.call("GET", "/debug_token", params=asked)
    elsewhere = await graph.call("GET", "/app", params=asked)

    assert lenient.json["data"]["type"] == "PAGE"
    assert (
        strict.error["message"] == elsewhere.error["message"] == "Invalid appsecret_proof provided in the API argument"
    )


async def test_a_wrong_secret_is_an_invalid_signature(graph: Graph) -> None:
    answer = await graph.call("GET", graph.edge, token=f"{graph.app_id}|wrong")

    assert (answer.status, answer.error["code"], answer.error["type"]) == (400, 190, "OAuthException")
    assert answer.error["message"] == "Invalid OAuth access token signature."
    expected = 'OAuth "Facebook Platform" "invalid_token" "Invalid OAuth access token signature."'
    assert answer.headers["www-authenticate"] == expected


async def test_a_wrong_app_id_is_no_application(graph: Graph) -> None:
    answer = await graph.call("GET", "/v25.0/42/subscriptions", token="42|0123")

    expected = "Error validating application. Cannot get application info due to a system error."
    assert (answer.status, answer.error["code"], answer.error["message"]) == (400, 101, expected)


async def test_nonsense_is_no_token(graph: Graph) -> None:
    answer = await graph.call("GET", graph.edge, token="nonsense")

    expected = "Invalid OAuth access token - Cannot parse access token"
    assert (answer.status, answer.error["code"], answer.error["message"]) == (400, 190, expected)


@pytest.mark.parametrize("path", ["/v25.0/me", "/v25.0/app", "/v25.0/{app}/subscriptions"])
async def test_no_token_at_all_is_refused(graph: Graph, path: str) -> None:
    answer = await graph.call("GET", path.format(app=graph.app_id), token=None)

    assert (answer.status, answer.error["code"]) == (400, 2500)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("whose", ["page_token", "user_token"])
async def test_the_subscriptions_edge_wants_the_apps_own_token(graph: Graph, method: str, whose: str) -> None:
    answer = await graph.call(method, graph.edge, token=getattr(graph, whose))

    expected = "(#15) This method must be called with an app access_token."
    assert (answer.status, answer.error["code"], answer.error["message"]) == (400, 15, expected)


async def test_an_app_does_not_see_another_apps_subscriptions(graph: Graph) -> None:
    answer = await graph.call("GET", "/v25.0/42/subscriptions")

    assert (answer.status, answer.error["code"], answer.error["error_subcode"]) == (400, 100, 33)


async def test_an_app_token_is_issued_for_id_and_secret_and_works(graph: Graph) -> None:
    secret = graph.server.world.app.secret.reveal()
    asked = {"client_id": graph.app_id, "client_secret": secret, "grant_type": "client_credentials"}

    answer = await graph.call("GET", "/oauth/access_token", token=None, params=asked)

    assert answer.json["token_type"] == "bearer"
    token = answer.json["access_token"]
    assert re.fullmatch(rf"{graph.app_id}\|[A-Za-z0-9_-]{{27}}", token)
    assert secret not in token
    assert (await graph.call("GET", graph.edge, token=token)).json == {"data": []}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"client_secret": "wrong"}, 1, "Error validating client secret."),
        ({"client_id": "42"}, 101, "Error validating application. Cannot get application info due to a system error."),
        ({"client_id": ""}, 101, "Missing client_id parameter."),
        ({"client_secret": ""}, 1, "Missing client_secret parameter."),
        ({"grant_type": ""}, 100, "(#100) Invalid parameter"),
    ],
)
async def test_no_app_token_is_issued_for_anything_else(
    graph: Graph, changes: dict[str, str], code: int, message: str
) -> None:
    secret = graph.server.world.app.secret.reveal()
    asked = {"client_id": graph.app_id, "client_secret": secret, "grant_type": "client_credentials", **changes}

    answer = await graph.call("GET", "/v25.0/oauth/access_token", token=None, params=asked)

    assert (answer.status, answer.error["code"], answer.error["message"]) == (400, code, message)


async def test_a_user_token_is_exchanged_for_a_long_lived_one_that_works(graph: Graph) -> None:
    secret = graph.server.world.app.secret.reveal()
    asked = {
        "client_id": graph.app_id,
        "client_secret": secret,
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": graph.user_token,
    }

    answer = await graph.call("GET", "/v25.0/oauth/access_token", token=None, params=asked)

    token = answer.json["access_token"]
    assert token != graph.user_token
    assert answer.json == {"access_token": token, "token_type": "bearer", "expires_in": 5184000}
    accounts = await graph.call("GET", "/v25.0/me/accounts", token=token)
    assert accounts.json["data"][0]["access_token"] == graph.page_token


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "(#100) The parameter fb_exchange_token is required."),
        ("nonsense", "Invalid OAuth access token - Cannot parse access token"),
        ("{page_token}", "(#100) Invalid parameter"),
    ],
)
async def test_nothing_but_a_user_token_is_exchanged(graph: Graph, token: str, message: str) -> None:
    asked = {
        "client_id": graph.app_id,
        "client_secret": graph.server.world.app.secret.reveal(),
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": token.format(page_token=graph.page_token),
    }

    answer = await graph.call("GET", "/oauth/access_token", token=None, params=asked)

    assert answer.error["message"] == message


@pytest.mark.parametrize("node", ["me", "{user_id}"])
async def test_a_user_has_granted_permissions(graph: Graph, node: str) -> None:
    path = f"/v25.0/{node.format(user_id=graph.server.world.user.id)}/permissions"

    answer = await graph.call("GET", path, token=graph.user_token)

    assert {"permission": "pages_show_list", "status": "granted"} in answer.json["data"]
    assert (await graph.call("GET", path)).error["code"] == 2500


@pytest.mark.parametrize("node", ["app", "{app_id}"])
async def test_an_app_has_permissions(graph: Graph, node: str) -> None:
    path = f"/v25.0/{node.format(app_id=graph.app_id)}/permissions"

    answer = await graph.call("GET", path)

    assert {"permission": "pages_messaging", "status": "live"} in answer.json["data"]
    assert (await graph.call("GET", path, token=graph.user_token)).error["code"] == 15
    assert (await graph.call("POST", path)).error["error_subcode"] == 33


@pytest.mark.parametrize(("whose", "kind"), [("app_token", "APP"), ("page_token", "PAGE"), ("user_token", "USER")])
async def test_debug_token_tells_whose_a_token_is(graph: Graph, whose: str, kind: str) -> None:
    answer = await graph.call("GET", "/debug_token", params={"input_token": getattr(graph, whose)})

    data = answer.json["data"]
    assert (data["app_id"], data["type"], data["is_valid"]) == (graph.app_id, kind, True)
    assert ("profile_id" in data) == (kind == "PAGE")
    assert ("pages_messaging" in data.get("scopes", ())) == (kind != "APP")


async def test_debug_token_says_why_a_token_is_not_valid(graph: Graph) -> None:
    answer = await graph.call("GET", "/debug_token", params={"input_token": "nonsense"})

    assert answer.status == 200
    assert answer.json["data"] == {
        "error": {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"},
        "is_valid": False,
        "scopes": [],
    }


async def test_debug_token_wants_something_to_debug(graph: Graph) -> None:
    answer = await graph.call("GET", "/debug_token")

    assert answer.error["message"] == "(#100) The parameter input_token is required."


async def test_the_user_token_leads_to_the_page_token(graph: Graph) -> None:
    answer = await graph.call("GET", "/v25.0/me/accounts", token=graph.user_token)

    (page,) = answer.json["data"]
    assert (page["id"], page["access_token"]) == (graph.page_id, graph.page_token)
    assert (await graph.call("GET", "/v25.0/me/accounts")).error["code"] == 2500


async def test_nodes_describe_themselves(graph: Graph) -> None:
    app = await graph.call("GET", "/app")
    same = await graph.call("GET", f"/v25.0/{graph.app_id}")
    page = await graph.call("GET", "/me", token=graph.page_token)
    user = await graph.call("GET", "/me", token=graph.user_token)

    assert app.json == same.json
    assert app.json["id"] == graph.app_id
    assert page.json["id"] == graph.page_id
    assert set(user.json) == {"name", "id"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/v25.0/42"), ("POST", "/v25.0/{app}"), ("PUT", "{edge}")])
async def test_a_missing_node_is_unsupported(graph: Graph, method: str, path: str) -> None:
    answer = await graph.call(method, path.format(app=graph.app_id, edge=graph.edge))

    assert (answer.status, answer.error["code"], answer.error["error_subcode"]) == (400, 100, 33)
    assert answer.error["message"].startswith(f"Unsupported {method.lower()} request. Object with ID '")
