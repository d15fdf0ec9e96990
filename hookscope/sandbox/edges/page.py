"""The edge of a Page that installs apps.

Sources: Meta's reference of a Page's `subscribed_apps`; recorded answers for the error texts.
"""

from collections.abc import Mapping
from typing import Any

from hookscope.meta import catalog
from hookscope.sandbox.access import Gate, Role
from hookscope.sandbox.call import Call
from hookscope.sandbox.entities import SandboxPage
from hookscope.sandbox.errors import SUCCESS, GraphApiError, app_token_wanted, check_fields, unknown_object
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.nodes import app_node
from hookscope.sandbox.parameters import Parameters
from hookscope.sandbox.selection import Node, parse_selection
from hookscope.sandbox.world import World

_PERMISSIONS = {"leadgen": "leads_retrieval"}


class PageEdges:
    """Carries out the calls on a Page's edges."""

    def __init__(self, world: World, gate: Gate, knobs: Knobs) -> None:
        self._world = world
        self._gate = gate
        self._knobs = knobs

    def subscribed_apps(self, call: Call) -> Mapping[str, Any]:
        """Answer `/{page-id}/subscribed_apps`: list, install, remove."""
        caller = self._gate.caller(call)
        node = call.node
        page = caller.page if node == "me" else self._world.pages.get(node)
        if page is None:
            raise unknown_object(call.method, node)
        if call.method == "DELETE":
            if caller.role is not Role.APP:
                raise app_token_wanted()
            self._world.uninstall(page.id, caller.app.id)
            return SUCCESS
        if caller.page != page:
            raise GraphApiError("(#210) A page access token is required to request this resource.", code=210)
        if not self._knobs.page_permission:
            raise GraphApiError("(#200) Requires pages_manage_metadata permission to manage the object", code=200)
        if call.method == "GET":
            chosen = parse_selection(call.parameters.joined("fields"))
            return {"data": [self._installed(app_id, page).select(chosen) for app_id in page.installed]}
        if call.method != "POST":
            raise unknown_object(call.method, node)
        fields = self._fields_to_install(call.parameters)
        if not self._knobs.swallow_page_install:
            self._world.install(page.id, caller.app.id, fields)
        return SUCCESS

    def _installed(self, app_id: str, page: SandboxPage) -> Node:
        app = app_node(self._world.apps[app_id])
        values = {**app.values, "subscribed_fields": list(page.installed[app_id])}
        return Node(kind=app.kind, values=values, default=tuple(values))

    def _fields_to_install(self, parameters: Parameters) -> tuple[str, ...]:
        if parameters.has_blank_item("subscribed_fields"):
            raise GraphApiError("An unknown error has occurred.", code=1, status=500)
        fields = parameters.names("subscribed_fields")
        if not fields:
            raise GraphApiError("(#100) The parameter subscribed_fields is required.", code=100)
        check_fields("subscribed_fields", fields, catalog.FIELDS["page"])
        refused = [name for name in fields if name in self._knobs.unpermitted_fields]
        if refused:
            raise GraphApiError("\n".join(_permission_line(name) for name in refused), code=200)
        return fields


def _permission_line(name: str) -> str:
    default = "pages_messaging" if name.startswith("messag") else "pages_manage_metadata"
    permission = _PERMISSIONS.get(name, default)
    return f"(#200) To subscribe to the {name} field, one of these permissions is needed: {permission}."
