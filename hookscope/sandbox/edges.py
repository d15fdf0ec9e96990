"""What each node and edge of the simulated Graph API answers, and how it changes the world.

Sources: Meta's references of `/{app-id}/subscriptions`, of a Page's `subscribed_apps` and of `/debug_token`; recorded
answers for the error texts. Where nothing is established the sandbox is lenient: any field name may be subscribed for
an app, and a subscription whose last field was deleted stays without fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hookscope.meta import catalog
from hookscope.sandbox import access
from hookscope.sandbox.access import Caller, Role
from hookscope.sandbox.entities import App, Page
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.parameters import Parameters
from hookscope.sandbox.refusal import (
    RefusalError,
    app_token_wanted,
    invalid_parameter,
    missing_parameter,
    unknown_object,
    unknown_path,
)
from hookscope.sandbox.verification import Verifier, is_well_formed
from hookscope.sandbox.world import World
from hookscope.settings import Secret

_SUCCESS = {"success": True}
_PAGE_PERMISSIONS = {"leadgen": "leads_retrieval"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call on the Graph API. `version` is the one that serves it, `path` what comes behind the version."""

    method: str
    version: str
    path: tuple[str, ...]
    token: str | None
    parameters: Parameters


class Edges:
    """Carries out calls; raises RefusalError for those that are answered with an error."""

    def __init__(self, world: World, knobs: Knobs, verifier: Verifier) -> None:
        self._world = world
        self._knobs = knobs
        self._verifier = verifier

    async def carry_out(self, call: Call) -> Mapping[str, Any]:
        """Do what a call asks for, and give the answer."""
        match call.path:
            case ("oauth", "access_token"):
                return self._issue_token(call)
            case ("debug_token",):
                return self._debug_token(call)
            case ("me", "accounts"):
                return self._accounts(call)
            case (_, "subscriptions"):
                return await self._subscriptions(call)
            case (_, "subscribed_apps"):
                return self._subscribed_apps(call)
            case (node,):
                return self._node(call, node)
            case _:
                raise unknown_path("/" + "/".join(call.path))

    def _caller(self, call: Call) -> Caller:
        if call.token is None:
            me = call.path[:1] == ("me",)
            raise RefusalError(
                "An active access token must be used to query information about the current user."
                if me
                else "An access token is required to request this resource.",
                code=2500,
            )
        caller = access.identify(self._world, call.token)
        proof = call.parameters.text("appsecret_proof")
        access.check_proof(caller, call.token, proof, required=self._knobs.require_appsecret_proof)
        return caller

    def _issue_token(self, call: Call) -> Mapping[str, Any]:
        parameters = call.parameters
        app_id, secret = parameters.text("client_id"), parameters.text("client_secret")
        if app_id is None:
            raise RefusalError("Missing client_id parameter.", code=101)
        if secret is None:
            raise RefusalError("Missing client_secret parameter.", code=1)
        if parameters.text("grant_type") != "client_credentials":
            raise invalid_parameter()
        return {"access_token": access.issue_app_token(self._world, app_id, secret), "token_type": "bearer"}

    def _debug_token(self, call: Call) -> Mapping[str, Any]:
        asked = call.parameters.text("input_token")
        if asked is None:
            raise missing_parameter("input_token")
        if self._caller(call).role is Role.PAGE:
            raise app_token_wanted()
        try:
            about = access.identify(self._world, asked)
        except RefusalError as error:
            fault = {"code": error.code, "message": error.message}
            return {"data": {"error": fault, "is_valid": False, "scopes": []}}
        data: dict[str, Any] = {
            "app_id": about.app.id,
            "type": about.role,
            "application": about.app.name,
            "is_valid": True,
        }
        if about.role is not Role.APP:
            data |= {"expires_at": 0, "data_access_expires_at": 0, "issued_at": 0, "user_id": self._world.user.id}
            data["scopes"] = ["pages_show_list", "pages_messaging", "leads_retrieval", "pages_manage_metadata"]
            data["granular_scopes"] = [{"scope": scope} for scope in data["scopes"]]
        if about.page:
            data["profile_id"] = about.page.id
        return {"data": data}

    def _accounts(self, call: Call) -> Mapping[str, Any]:
        if call.method != "GET":
            raise unknown_object(call.method, "me")
        if self._caller(call).role is not Role.USER:
            raise RefusalError(
                "An active access token must be used to query information about the current user.", code=2500
            )
        pages = [
            {
                "access_token": page.token.reveal(),
                "category": "Business",
                "name": page.name,
                "id": page.id,
                "tasks": ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"],
            }
            for page in self._world.pages.values()
        ]
        return {"data": pages}

    def _node(self, call: Call, node: str) -> Mapping[str, Any]:
        caller = self._caller(call)
        if call.method != "GET":
            raise unknown_object(call.method, node)
        user = self._world.user
        if node == "app" or node in self._world.apps:
            return _chosen(_describe_app(caller.app if node == "app" else self._world.apps[node]), call.parameters)
        if node in self._world.pages or (node == "me" and caller.page):
            page = self._world.pages.get(node, caller.page)
            return _chosen({"name": page.name, "id": page.id} if page else {}, call.parameters)
        if node == user.id or (node == "me" and caller.role is Role.USER):
            return _chosen({"name": user.name, "id": user.id}, call.parameters)
        raise unknown_object(call.method, node)

    async def _subscriptions(self, call: Call) -> Mapping[str, Any]:
        caller = self._caller(call)
        if caller.role is not Role.APP:
            raise app_token_wanted()
        if call.path[0] not in (caller.app.id, "app"):
            raise unknown_object(call.method, call.path[0])
        match call.method:
            case "GET":
                return {"data": [found.to_json() for found in self._world.subscriptions(caller.app.id)]}
            case "POST":
                return await self._subscribe(call, caller.app)
            case "DELETE":
                topic = call.parameters.text("object")
                if topic is not None and topic not in catalog.OBJECTS:
                    raise invalid_parameter()
                self._world.unsubscribe(caller.app.id, topic, call.parameters.names("fields"))
                return _SUCCESS
            case _:
                raise unknown_object(call.method, call.path[0])

    async def _subscribe(self, call: Call, app: App) -> Mapping[str, Any]:
        parameters = call.parameters
        topic = parameters.text("object")
        if topic is None:
            raise missing_parameter("object")
        if topic not in catalog.OBJECTS:
            raise invalid_parameter()
        fields = parameters.names("fields") or ()
        if any(name in self._knobs.unpermitted_fields for name in fields):
            raise _fields_refused()
        callback_url = parameters.text("callback_url")
        if callback_url is None:
            if self._world.registration(app.id, topic) is None:
                raise missing_parameter("callback_url")
            self._world.add_fields(app.id, topic, fields, call.version)
            return _SUCCESS
        if not is_well_formed(callback_url):
            raise RefusalError("(#100) callback_url URL is not properly formatted", code=100)
        verify_token = parameters.text("verify_token")
        if verify_token is None:
            raise missing_parameter("verify_token")
        await self._verifier.verify(callback_url, Secret(verify_token))
        self._world.subscribe(
            app.id,
            topic,
            callback_url=callback_url,
            verify_token=Secret(verify_token),
            fields=fields,
            version=call.version,
            include_values=parameters.flag("include_values"),
        )
        return _SUCCESS

    def _subscribed_apps(self, call: Call) -> Mapping[str, Any]:
        caller = self._caller(call)
        node = call.path[0]
        page = caller.page if node == "me" else self._world.pages.get(node)
        if page is None:
            raise unknown_object(call.method, node)
        if call.method == "DELETE":
            if caller.role is not Role.APP:
                raise app_token_wanted()
            self._world.uninstall(page.id, caller.app.id)
            return _SUCCESS
        if caller.page != page:
            raise RefusalError("(#210) A page access token is required to request this resource.", code=210)
        if not self._knobs.page_permission:
            raise RefusalError("(#200) Requires pages_manage_metadata permission to manage the object", code=200)
        if call.method == "GET":
            return {"data": [self._installed(app_id, page, call.parameters) for app_id in page.installed]}
        if call.method != "POST":
            raise unknown_object(call.method, node)
        fields = self._fields_to_install(call.parameters)
        if not self._knobs.swallow_page_install:
            self._world.install(page.id, caller.app.id, fields)
        return _SUCCESS

    def _installed(self, app_id: str, page: Page, parameters: Parameters) -> Mapping[str, Any]:
        described = {**_describe_app(self._world.apps[app_id]), "subscribed_fields": list(page.installed[app_id])}
        return _chosen(described, parameters)

    def _fields_to_install(self, parameters: Parameters) -> tuple[str, ...]:
        if parameters.has_blank_item("subscribed_fields"):
            raise RefusalError("An unknown error has occurred.", code=1, status=500)
        fields = parameters.names("subscribed_fields")
        if not fields:
            raise RefusalError("(#100) The parameter subscribed_fields is required.", code=100)
        known = sorted(catalog.FIELDS["page"])
        for number, name in enumerate(fields):
            if name not in known:
                choice = ", ".join(known)
                raise RefusalError(f"(#100) Param subscribed_fields[{number}] must be one of {{{choice}}}", code=100)
        refused = [name for name in fields if name in self._knobs.unpermitted_fields]
        if refused:
            raise RefusalError("\n".join(_permission_line(name) for name in refused), code=200)
        return fields


def _permission_line(name: str) -> str:
    default = "pages_messaging" if name.startswith("messag") else "pages_manage_metadata"
    permission = _PAGE_PERMISSIONS.get(name, default)
    return f"(#200) To subscribe to the {name} field, one of these permissions is needed: {permission}."


def _fields_refused() -> RefusalError:
    return RefusalError(
        "An unknown error occurred",
        code=1,
        subcode=1929002,
        transient=False,
        user_title="Invalid Permissions",
        user_message="You could not subscribe to some of the fields requested due to a permissions error.",
    )


def _describe_app(app: App) -> dict[str, Any]:
    return {"category": "Business", "link": f"https://www.facebook.com/games/?app_id={app.id}", "name": app.name} | {
        "id": app.id
    }


def _chosen(described: Mapping[str, Any], parameters: Parameters) -> Mapping[str, Any]:
    """What `fields` asks for, of what there is; the id always."""
    asked = parameters.names("fields")
    return described if asked is None else {key: described[key] for key in described if key in (*asked, "id")}
