"""The edges of a user: the Pages that they run, and the permissions that they granted the app.

Sources: Meta's references of a User's `accounts` and `permissions` (read 2026-11-29).
"""

from collections.abc import Mapping
from typing import Any

from hookscope.sandbox.access import Caller, Gate, Role
from hookscope.sandbox.call import Call
from hookscope.sandbox.errors import GraphApiError, unknown_object
from hookscope.sandbox.nodes import account_nodes, granted_nodes
from hookscope.sandbox.selection import parse_selection
from hookscope.sandbox.world import World


class UserEdges:
    """Carries out the calls on a user's edges."""

    def __init__(self, world: World, gate: Gate) -> None:
        self._world = world
        self._gate = gate

    def accounts(self, call: Call) -> Mapping[str, Any]:
        """Answer `GET /me/accounts`: the Pages, with their tokens."""
        caller = self._user(call)
        chosen = parse_selection(call.parameters.joined("fields"))
        return {"data": [row.select(chosen) for row in account_nodes(self._world, caller)]}

    def permissions(self, call: Call) -> Mapping[str, Any]:
        """Answer `GET /me/permissions`: the granted permissions."""
        self._user(call)
        return {"data": [row.select({}) for row in granted_nodes()]}

    def _user(self, call: Call) -> Caller:
        if call.method != "GET":
            raise unknown_object(call.method, call.node)
        caller = self._gate.caller(call)
        if caller.role is not Role.USER:
            raise GraphApiError(
                "An active access token must be used to query information about the current user.", code=2500
            )
        if call.node not in ("me", self._world.user.id):
            raise unknown_object(call.method, call.node)
        return caller
