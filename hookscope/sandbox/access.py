"""Callers of the Graph API: access tokens and `appsecret_proof`.

Sources: Meta's guide "Access tokens" (`{app-id}|{app-secret}` is an app token), its guide "Securing Graph API requests"
(read 2026-11-29) for the proof: hex HMAC-SHA256, keyed with the app secret, of the token, or of `token|time` where
`appsecret_time` tells a time of the last five minutes; recorded answers for the texts.
"""

import base64
import hashlib
import hmac
import re
from enum import StrEnum

from msgspec import Struct

from hookscope.sandbox.call import Call
from hookscope.sandbox.clock import SandboxClock
from hookscope.sandbox.entities import SandboxApp, SandboxPage
from hookscope.sandbox.errors import GraphApiError
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.world import World
from hookscope.secret_sources import Secret

_PROOF_SECONDS = 300
_INVALID_PROOF = "Invalid appsecret_proof provided in the API argument"


class Role(StrEnum):
    """The kind of a token, as `/debug_token` names it."""

    APP = "APP"
    PAGE = "PAGE"
    USER = "USER"


class Caller(Struct, frozen=True, kw_only=True):
    """The identity behind a valid token. `page` is set for a Page's token."""

    role: Role
    app: SandboxApp
    page: SandboxPage | None = None


def identify(world: World, token: str) -> Caller:
    """Return the caller behind a token; raises GraphApiError (190, 101) for an invalid one."""
    app_id, bar, rest = token.partition("|")
    if bar:
        app = _app(world, app_id)
        if rest not in (app.secret.reveal(), _opaque(app)):
            raise GraphApiError("Invalid OAuth access token signature.", code=190)
        return Caller(role=Role.APP, app=app)
    for page in world.pages.values():
        if token == page.token.reveal():
            return Caller(role=Role.PAGE, app=world.app, page=page)
    if token in (world.user.token.reveal(), world.user.long_lived_token.reveal()):
        return Caller(role=Role.USER, app=world.app)
    raise GraphApiError("Invalid OAuth access token - Cannot parse access token", code=190)


class Gate:
    """Identifies the caller of each call, and refuses those without a valid token or proof."""

    def __init__(self, world: World, knobs: Knobs, clock: SandboxClock) -> None:
        self._world = world
        self._knobs = knobs
        self._clock = clock

    def caller(self, call: Call) -> Caller:
        """Return the caller of a call; raises GraphApiError (2500, 190, 101, 100)."""
        if call.token is None:
            raise GraphApiError(
                "An active access token must be used to query information about the current user."
                if call.path[:1] == ("me",)
                else "An access token is required to request this resource.",
                code=2500,
            )
        caller = identify(self._world, call.token)
        self._check_proof(call, caller.app, call.token)
        return caller

    def _check_proof(self, call: Call, app: SandboxApp, token: str) -> None:
        proof, time = call.parameters.text("appsecret_proof"), call.parameters.text("appsecret_time")
        if proof is None:
            if self._knobs.require_appsecret_proof:
                raise _refuse_proof("API calls from the server require an appsecret_proof argument")
            return
        if time is not None and not self._is_recent(time):
            raise _refuse_proof(_INVALID_PROOF)
        taken = [token]
        if call.path == ("debug_token",) and not self._knobs.strict_debug_proof:
            taken.append(call.parameters.text("input_token") or token)
        if not any(is_proof(proof, app.secret, of, time) for of in taken):
            raise _refuse_proof(_INVALID_PROOF)

    def _is_recent(self, time: str) -> bool:
        if not re.fullmatch(r"[0-9]{1,12}", time):
            return False
        return abs(self._clock.now().timestamp() - int(time)) <= _PROOF_SECONDS


def is_proof(proof: str, secret: Secret, token: str, time: str | None = None) -> bool:
    """Return whether a proof belongs to a token, made at `time` in seconds if that was given."""
    proved = token if time is None else f"{token}|{time}"
    wanted = hmac.digest(secret.reveal().encode(), proved.encode(), "sha256").hex()
    return hmac.compare_digest(wanted.encode(), proof.encode())


def issue_app_token(world: World, app_id: str, secret: str) -> str:
    """Return an app token for an id and a secret; raises GraphApiError (101, 1) when they do not match."""
    app = _app(world, app_id)
    if secret != app.secret.reveal():
        raise GraphApiError("Error validating client secret.", code=1)
    return f"{app.id}|{_opaque(app)}"


def _app(world: World, app_id: str) -> SandboxApp:
    if app := world.apps.get(app_id):
        return app
    raise GraphApiError("Error validating application. Cannot get application info due to a system error.", code=101)


def _opaque(app: SandboxApp) -> str:
    digest = hmac.digest(app.secret.reveal().encode(), b"app token", hashlib.sha256)
    return base64.urlsafe_b64encode(digest)[:27].decode()


def _refuse_proof(message: str) -> GraphApiError:
    return GraphApiError(message, code=100, kind="GraphMethodException")
