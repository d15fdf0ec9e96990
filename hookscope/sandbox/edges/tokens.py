"""The edges that issue and describe tokens.

Sources: Meta's guides "Access tokens" and "Long-lived tokens" for `/oauth/access_token`, its reference of
`/debug_token`; recorded answers for the error texts.
"""

from collections.abc import Mapping
from typing import Any

from hookscope.sandbox import access
from hookscope.sandbox.access import Gate, Role
from hookscope.sandbox.call import Call
from hookscope.sandbox.errors import GraphApiError, app_token_wanted, invalid_parameter, missing_parameter
from hookscope.sandbox.nodes import PERMISSIONS
from hookscope.sandbox.world import World

_SIXTY_DAYS = 60 * 24 * 3600


class TokenEdges:
    """Carries out the calls about tokens."""

    def __init__(self, world: World, gate: Gate) -> None:
        self._world = world
        self._gate = gate

    def issue(self, call: Call) -> Mapping[str, Any]:
        """Answer `/oauth/access_token`: an app token, or a long-lived token for a user's."""
        parameters = call.parameters
        app_id, secret = parameters.text("client_id"), parameters.text("client_secret")
        if app_id is None:
            raise GraphApiError("Missing client_id parameter.", code=101)
        if secret is None:
            raise GraphApiError("Missing client_secret parameter.", code=1)
        app_token = access.issue_app_token(self._world, app_id, secret)
        match parameters.text("grant_type"):
            case "client_credentials":
                return {"access_token": app_token, "token_type": "bearer"}
            case "fb_exchange_token":
                return self._exchange(parameters.text("fb_exchange_token"))
            case _:
                raise invalid_parameter()

    def _exchange(self, token: str | None) -> Mapping[str, Any]:
        if token is None:
            raise missing_parameter("fb_exchange_token")
        if access.identify(self._world, token).role is not Role.USER:
            raise invalid_parameter()
        long_lived = self._world.user.long_lived_token.reveal()
        return {"access_token": long_lived, "token_type": "bearer", "expires_in": _SIXTY_DAYS}

    def debug(self, call: Call) -> Mapping[str, Any]:
        """Answer `/debug_token`: the owner and the scope of a token."""
        asked = call.parameters.text("input_token")
        if asked is None:
            raise missing_parameter("input_token")
        if self._gate.caller(call).role is Role.PAGE:
            raise app_token_wanted()
        try:
            about = access.identify(self._world, asked)
        except GraphApiError as error:
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
            data["scopes"] = list(PERMISSIONS)
            data["granular_scopes"] = [{"scope": scope} for scope in data["scopes"]]
        if about.page:
            data["profile_id"] = about.page.id
        return {"data": data}
