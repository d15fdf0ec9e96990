# mypy: ignore-errors
"""pywa: its server registers itself in each of the three scopes, and gets a message there."""

import logging
import threading
import time

import httpx
from flask import Flask
from pywa import WhatsApp, utils
from report import GIVEN, step
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)
SECONDS = 20
BASE = httpx.URL(GIVEN["base_url"])
OBJECT = "whatsapp_business_account"


class Redirected(httpx.HTTPTransport):
    """Sends to the sandbox what is meant for Meta."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme=BASE.scheme, host=BASE.host, port=BASE.port)
        request.headers["Host"] = f"{BASE.host}:{BASE.port}"
        return super().handle_request(request)


def until(condition) -> bool:
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def sandbox(path: str, **body):
    url = f"{GIVEN['base_url']}/sandbox/{path}"
    return (httpx.post(url, json=body) if body else httpx.get(url)).json()


def serve(scope: utils.CallbackURLScope) -> tuple[str, list]:
    """Start pywa's server, which registers itself, and return its URL and what it gets."""
    app, got = Flask(scope.name), []
    server = make_server("127.0.0.1", 0, app, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wa = WhatsApp(
        phone_id=GIVEN["phone_number_id"],
        token=GIVEN["user_token"],
        session=httpx.Client(transport=Redirected()),
        server=app,
        webhook_endpoint=f"/{scope.name.lower()}",
        callback_url=url,
        callback_url_scope=scope,
        verify_token=GIVEN["verify_token"],
        waba_id=GIVEN["waba_id"],
        app_id=GIVEN["app_id"],
        app_secret=GIVEN["app_secret"],
        webhook_challenge_delay=0,
    )
    wa.on_raw_update(lambda _, update: got.append(update))
    return f"{url}/{scope.name.lower()}", got


def registered(scope: utils.CallbackURLScope, url: str) -> bool:
    state = sandbox("state")
    match scope:
        case utils.CallbackURLScope.APP:
            return any(one["callback_url"] == url for one in state["subscriptions"] if one["object"] == OBJECT)
        case utils.CallbackURLScope.WABA:
            return url in state["whatsapp"]["installed"].values()
        case _:
            return url in state["whatsapp"]["phone_overrides"].values()


def gets_a_message(got: list) -> bool:
    sandbox("send", object=OBJECT, field="messages")
    return until(lambda: got)


for scope in utils.CallbackURLScope:
    url, got = serve(scope)
    step(f"{scope.name} scope: registers itself", lambda s=scope, u=url: until(lambda: registered(s, u)))
    step(f"{scope.name} scope: gets the messages", lambda g=got: gets_a_message(g))

wa = WhatsApp(
    phone_id=GIVEN["phone_number_id"], token=GIVEN["user_token"], session=httpx.Client(transport=Redirected())
)


def overrides_removed() -> bool:
    wa.delete_phone_callback_url()
    wa.delete_waba_callback_url(waba_id=GIVEN["waba_id"])
    state = sandbox("state")["whatsapp"]
    return state["phone_overrides"] == {} and state["installed"] == {GIVEN["app_id"]: None}


step("phone number and account describe themselves", lambda: bool(wa.get_business_phone_number().display_phone_number))
step("overrides are taken away", overrides_removed)
