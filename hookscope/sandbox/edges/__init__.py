"""The nodes and edges of the simulated Graph API: their answers, and their changes to the world."""

from collections.abc import Mapping
from typing import Any

from hookscope.sandbox.access import Gate
from hookscope.sandbox.call import Call
from hookscope.sandbox.edges.app import AppEdges
from hookscope.sandbox.edges.content import ContentNodes
from hookscope.sandbox.edges.page import PageEdges
from hookscope.sandbox.edges.tokens import TokenEdges
from hookscope.sandbox.edges.user import UserEdges
from hookscope.sandbox.edges.whatsapp import WhatsAppEdges
from hookscope.sandbox.errors import unknown_object, unknown_path
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.nodes import find_node
from hookscope.sandbox.selection import parse_selection
from hookscope.sandbox.verification import Verifier
from hookscope.sandbox.world import World


class Edges:
    """Carries out calls; raises GraphApiError for those that are answered with an error."""

    def __init__(self, world: World, gate: Gate, knobs: Knobs, verifier: Verifier) -> None:
        self._world = world
        self._gate = gate
        self._apps = AppEdges(world, gate, knobs, verifier)
        self._pages = PageEdges(world, gate, knobs)
        self._tokens = TokenEdges(world, gate)
        self._contents = ContentNodes(world, knobs)
        self._users = UserEdges(world, gate)
        self._whatsapp = WhatsAppEdges(world, gate, verifier)

    async def carry_out(self, call: Call) -> Mapping[str, Any]:
        """Carry out a call and return the answer."""
        account = self._world.whatsapp
        match call.path:
            case ("oauth", "access_token"):
                return self._tokens.issue(call)
            case ("debug_token",):
                return self._tokens.debug(call)
            case (_, "accounts"):
                return self._users.accounts(call)
            case (node, "permissions") if node == "app" or node in self._world.apps:
                return self._apps.permissions(call)
            case (_, "permissions"):
                return self._users.permissions(call)
            case (_, "subscriptions"):
                return await self._apps.subscriptions(call)
            case (account.id, "subscribed_apps"):
                return await self._whatsapp.subscribed_apps(call)
            case (_, "subscribed_apps"):
                return self._pages.subscribed_apps(call)
            case (account.id, "phone_numbers"):
                return self._whatsapp.phone_numbers(call)
            case (account.phone_number_id,) if call.method == "POST":
                return await self._whatsapp.configure_number(call)
            case (node,):
                return self._node(call, node)
            case _:
                raise unknown_path("/" + "/".join(call.path))

    def _node(self, call: Call, node: str) -> Mapping[str, Any]:
        caller = self._gate.caller(call)
        found = find_node(self._world, caller, node) or self._contents.read(caller, call)
        if found is None or call.method != "GET":
            raise unknown_object(call.method, node)
        return found.select(parse_selection(call.parameters.joined("fields")))
