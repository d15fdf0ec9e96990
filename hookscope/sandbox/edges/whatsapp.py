"""The edges of a WhatsApp account and its phone number: installed apps, and callbacks of their own.

Sources: Meta's references of a WhatsApp Business Account's `subscribed_apps` and `phone_numbers`, and its guide
"Webhook overrides" (updated 2026-06-28). Which tokens but a user's are taken is not established: the app's own is too.
"""

from collections.abc import Mapping
from typing import Any

from hookscope.sandbox.access import Caller, Gate
from hookscope.sandbox.call import Call
from hookscope.sandbox.entities import CallbackOverride
from hookscope.sandbox.errors import SUCCESS, invalid_parameter, missing_parameter, unknown_object
from hookscope.sandbox.nodes import installed_nodes, phone_number_node
from hookscope.sandbox.parameters import Parameters
from hookscope.sandbox.selection import parse_selection
from hookscope.sandbox.verification import Verifier, is_well_formed
from hookscope.sandbox.world import World
from hookscope.secret_sources import Secret


class WhatsAppEdges:
    """Carries out the calls on the WhatsApp account's edges."""

    def __init__(self, world: World, gate: Gate, verifier: Verifier) -> None:
        self._world = world
        self._gate = gate
        self._verifier = verifier

    async def subscribed_apps(self, call: Call) -> Mapping[str, Any]:
        """Answer `/{waba-id}/subscribed_apps`: list, install, remove. A POST sets or removes the override."""
        caller = self._caller(call)
        match call.method:
            case "GET":
                chosen = parse_selection(call.parameters.joined("fields"))
                return {"data": [row.select(chosen) for row in installed_nodes(self._world)]}
            case "POST":
                self._world.install_whatsapp(caller.app.id, await self._override(call.parameters))
            case "DELETE":
                self._world.uninstall_whatsapp(caller.app.id)
            case _:
                raise unknown_object(call.method, call.node)
        return SUCCESS

    def phone_numbers(self, call: Call) -> Mapping[str, Any]:
        """Answer `GET /{waba-id}/phone_numbers`."""
        caller = self._caller(call)
        if call.method != "GET":
            raise unknown_object(call.method, call.node)
        chosen = parse_selection(call.parameters.joined("fields"))
        return {"data": [phone_number_node(self._world, caller).select(chosen)]}

    async def configure_number(self, call: Call) -> Mapping[str, Any]:
        """Answer `POST /{phone-number-id}` with `webhook_configuration`: set or remove the number's override."""
        caller = self._caller(call)
        configuration = call.parameters.object("webhook_configuration")
        if configuration is None:
            raise unknown_object(call.method, call.node)
        self._world.override_phone(caller.app.id, await self._override(Parameters(configuration.items())))
        return SUCCESS

    def _caller(self, call: Call) -> Caller:
        caller = self._gate.caller(call)
        if caller.page:
            raise unknown_object(call.method, call.node)
        return caller

    async def _override(self, parameters: Parameters) -> CallbackOverride | None:
        """Return the requested override once its callback has answered a handshake, or None when none is requested."""
        callback_url, verify_token = parameters.text("override_callback_uri"), parameters.text("verify_token")
        if callback_url is None:
            return None
        if not is_well_formed(callback_url):
            raise invalid_parameter()
        if verify_token is None:
            raise missing_parameter("verify_token")
        override = CallbackOverride(callback_url=callback_url, verify_token=Secret(verify_token))
        await self._verifier.verify(override.callback_url, override.verify_token)
        return override
