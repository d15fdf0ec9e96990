# mypy: ignore-errors
"""python-facebook-api: nodes, several at once, connections, and the exchange of tokens."""

from pyfacebook import FacebookError, GraphAPI
from report import GIVEN, step

BASE = f"{GIVEN['base_url']}/"


def api(token=None, **options) -> GraphAPI:
    return GraphAPI(
        app_id=GIVEN["app_id"],
        app_secret=GIVEN["app_secret"],
        access_token=token,
        base_url=BASE,
        access_token_url=f"{BASE}oauth/access_token",
        **options,
    )


as_user = api(GIVEN["user_token"])
as_page = api(GIVEN["page_token"])


def refusal(attempt) -> int:
    try:
        attempt()
    except FacebookError as error:
        return error.code
    return 0


def expansion() -> bool:
    found = as_user.get_object("me", fields="id,name,accounts{id,name,access_token}")
    return found["accounts"]["data"][0]["access_token"] == GIVEN["page_token"]


def several() -> bool:
    return list(as_page.get_objects(f"{GIVEN['page_id']},{GIVEN['app_id']}", fields="id,name")) == [
        GIVEN["page_id"],
        GIVEN["app_id"],
    ]


def long_lived() -> bool:
    token = as_user.exchange_long_lived_user_access_token()["access_token"]
    found = as_user.exchange_long_lived_page_access_token("me", access_token=token)
    return found["data"][0]["access_token"] == GIVEN["page_token"]


def permissions() -> bool:
    found = as_user.get_connection("me", "permissions")["data"]
    return {"permission": "pages_messaging", "status": "granted"} in found


def debug() -> bool:
    return api(application_only_auth=True).debug_token(GIVEN["page_token"])["data"]["type"] == "PAGE"


step("page: name", lambda: bool(as_page.get_object(GIVEN["page_id"], fields="id,name")["name"]))
step("page: without fields", lambda: bool(as_page.get_object(GIVEN["page_id"])["name"]))
step("several objects by ids", several)
step("page token from user token", lambda: as_user.exchange_page_access_token(GIVEN["page_id"]) == GIVEN["page_token"])
step("long-lived user and page tokens", long_lived)
step("nested accounts{…}", expansion)
step("me/permissions", permissions)
step("app token, debug_token", debug)
step("an unknown field is error 100", lambda: refusal(lambda: as_user.get_object("me", fields="naem")) == 100)
