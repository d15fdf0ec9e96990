"""The edges of an app: its subscriptions and its permissions.

Sources: Meta's reference of `/{app-id}/subscriptions`; recorded answers for the error texts. Where nothing is
established, an unknown field is refused as by a Page's edge, unless the knob `any_app_field` is on, and a subscription
whose last field was deleted stays without fields.
"""

from collections.abc import Mapping
from typing import Any

from hookscope.meta import catalog
from hookscope.sandbox.access import Gate, Role
from hookscope.sandbox.call import Call
from hookscope.sandbox.entities import SandboxApp, WebhookRegistration
from hookscope.sandbox.errors import (
    SUCCESS,
    GraphApiError,
    app_token_wanted,
    check_fields,
    invalid_parameter,
    missing_parameter,
    unknown_object,
)
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.nodes import live_nodes
from hookscope.sandbox.selection import Node, parse_selection
from hookscope.sandbox.verification import Verifier, is_well_formed
from hookscope.sandbox.world import World
from hookscope.secret_sources import Secret

_OPEN_ENDED = ("permissions",)
"""Objects for which any field name is accepted."""


class AppEdges:
    """Carries out the calls on an app's edges."""

    def __init__(self, world: World, gate: Gate, knobs: Knobs, verifier: Verifier) -> None:
        self._world = world
        self._gate = gate
        self._knobs = knobs
        self._verifier = verifier

    def permissions(self, call: Call) -> Mapping[str, Any]:
        """Answer `GET /{app-id}/permissions`: the app's permissions."""
        self._owner(call)
        if call.method != "GET":
            raise unknown_object(call.method, call.node)
        return {"data": [row.select({}) for row in live_nodes()]}

    async def subscriptions(self, call: Call) -> Mapping[str, Any]:
        """Answer `/{app-id}/subscriptions`: list, add, remove."""
        app = self._owner(call)
        match call.method:
            case "GET":
                chosen = parse_selection(call.parameters.joined("fields"))
                return {"data": [_node(found).select(chosen) for found in self._world.subscriptions(app.id)]}
            case "POST":
                return await self._subscribe(call, app)
            case "DELETE":
                topic = call.parameters.text("object")
                if topic is not None and topic not in catalog.OBJECTS:
                    raise invalid_parameter()
                self._world.unsubscribe(app.id, topic, call.parameters.names("fields"))
                return SUCCESS
            case _:
                raise unknown_object(call.method, call.node)

    async def _subscribe(self, call: Call, app: SandboxApp) -> Mapping[str, Any]:
        parameters = call.parameters
        topic = parameters.text("object")
        if topic is None:
            raise missing_parameter("object")
        if topic not in catalog.OBJECTS:
            raise invalid_parameter()
        fields = parameters.names("fields") or ()
        if not self._knobs.any_app_field and topic not in _OPEN_ENDED:
            check_fields("fields", fields, catalog.FIELDS.get(topic))
        if any(name in self._knobs.unpermitted_fields for name in fields):
            raise _fields_refused()
        callback_url = parameters.text("callback_url")
        if callback_url is None:
            if self._world.registration(app.id, topic) is None:
                raise missing_parameter("callback_url")
            self._world.add_fields(app.id, topic, fields, call.version)
            return SUCCESS
        if not is_well_formed(callback_url):
            raise GraphApiError("(#100) callback_url URL is not properly formatted", code=100)
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
        return SUCCESS

    def _owner(self, call: Call) -> SandboxApp:
        """Return the app that calls with its own token about itself."""
        caller = self._gate.caller(call)
        if caller.role is not Role.APP:
            raise app_token_wanted()
        if call.node not in (caller.app.id, "app"):
            raise unknown_object(call.method, call.node)
        return caller.app


def _node(found: WebhookRegistration) -> Node:
    values = found.to_json()
    return Node(kind="AppSubscription", values=values, default=tuple(values))


def _fields_refused() -> GraphApiError:
    return GraphApiError(
        "An unknown error occurred",
        code=1,
        subcode=1929002,
        transient=False,
        user_title="Invalid Permissions",
        user_message="You could not subscribe to some of the fields requested due to a permissions error.",
    )
