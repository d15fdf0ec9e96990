# mypy: ignore-errors
"""facebook-business: the app's subscriptions, the Page's, and what tools do around them."""

from facebook_business.adobjects.application import Application
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession
from report import GIVEN, step

FacebookSession.GRAPH = GIVEN["base_url"]


def api(token: str) -> FacebookAdsApi:
    session = FacebookSession(GIVEN["app_id"], GIVEN["app_secret"], token)
    return FacebookAdsApi(session, api_version="v25.0")


as_app = api(f"{GIVEN['app_id']}|{GIVEN['app_secret']}")
as_page = api(GIVEN["page_token"])
app = Application(GIVEN["app_id"], api=as_app)
page = Page(GIVEN["page_id"], api=as_page)
subscription = {
    "object": "page",
    "callback_url": GIVEN["callback_url"],
    "verify_token": GIVEN["verify_token"],
    "fields": ["feed", "messages"],
    "include_values": True,
}


def refusal(attempt) -> int:
    try:
        attempt()
    except FacebookRequestError as error:
        return error.api_error_code()
    return 0


def create_subscription() -> bool:
    app.create_subscription(params=subscription)
    (found,) = app.get_subscriptions()
    return {one["name"] for one in found["fields"]} == {"feed", "messages"}


def delete_subscription() -> bool:
    app.delete_subscriptions(params={"object": "page"})
    return not app.get_subscriptions()


def install() -> bool:
    page.create_subscribed_app(params={"subscribed_fields": ["feed", "messages"]})
    (found,) = page.get_subscribed_apps(fields=["id", "subscribed_fields"])
    return list(found["subscribed_fields"]) == ["feed", "messages"]


step("app: name by fields", lambda: bool(app.api_get(fields=["name"])["name"]))
step("subscriptions: create with fields as JSON, list", create_subscription)
step("subscriptions: delete one object", delete_subscription)
step("subscribed_apps: install with fields as JSON, list", install)
step(
    "a failed handshake is error 2200",
    lambda: refusal(lambda: app.create_subscription(params={**subscription, "verify_token": "wrong"})) == 2200,
)
step("an invalid token is error 190", lambda: refusal(lambda: api("nonsense").call("GET", ("app",))) == 190)
step("page: name", lambda: bool(page.api_get(fields=["name"])["name"]))
step("page: access_token, category", lambda: bool(page.api_get(fields=["access_token", "category"])["category"]))


def batch() -> bool:
    made, told = as_page.new_batch(), []
    page.api_get(fields=["name"], batch=made, success=lambda answer: told.append(answer.json()["id"]))
    Page("42", api=as_page).api_get(batch=made, failure=lambda answer: told.append(answer.error().api_error_code()))
    made.execute()
    return told == [GIVEN["page_id"], 100]


step("batch of two, one of them failing", batch)


def accounts() -> bool:
    (found,) = User("me", api=api(GIVEN["user_token"])).get_accounts(fields=["id", "access_token"])
    return found["access_token"] == GIVEN["page_token"]


step("me/accounts with the user token", accounts)
