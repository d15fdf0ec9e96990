"""Who is calling: access tokens and `appsecret_proof`.

Sources: Meta's guide "Access tokens" (`{app-id}|{app-secret}` is an app token), its published SDKs for the proof (hex
HMAC-SHA256 of the token, keyed with the app secret), and recorded answers for the texts.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from hookscope.sandbox.entities import App, Page
from hookscope.sandbox.refusal import RefusalError
from hookscope.sandbox.world import World


class Role(StrEnum):
    """Whose token it is, as `/debug_token` names it."""

    APP = "APP"
    PAGE = "PAGE"
    USER = "USER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a valid token stands for. `page` is set for a Page's token."""

    role: Role
    app: App
    page: Page | None = None


def identify(world: World, token: str) -> Caller:
    """The caller behind a token; raises RefusalError (190, 101) for one that is not valid."""
    app_id, bar, rest = token.partition("|")
    if bar:
        app = _app(world, app_id)
        if rest not in (app.secret.reveal(), _opaque(app)):
            raise RefusalError("Invalid OAuth access token signature.", code=190)
        return Caller(role=Role.APP, app=app)
    for page in world.pages.values():
        if token == page.token.reveal():
            return Caller(role=Role.PAGE, app=world.app, page=page)
    if token == world.user.token.reveal():
        return Caller(role=Role.USER, app=world.app)
    raise RefusalError("Invalid OAuth access token - Cannot parse access token", code=190)


def check_proof(caller: Caller, token: str, proof: str | None, *, required: bool) -> None:
    """Check an `appsecret_proof`; raises RefusalError (100) for a wrong one, or none where one is required."""
    if proof is None:
        if required:
            raise _refuse_proof("API calls from the server require an appsecret_proof argument")
        return
    wanted = hmac.digest(caller.app.secret.reveal().encode(), token.encode(), "sha256").hex()
    if not hmac.compare_digest(wanted.encode(), proof.encode()):
        raise _refuse_proof("Invalid appsecret_proof provided in the API argument")


def issue_app_token(world: World, app_id: str, secret: str) -> str:
    """An app token for an id and a secret; raises RefusalError (101, 1) when they do not fit."""
    app = _app(world, app_id)
    if secret != app.secret.reveal():
        raise RefusalError("Error validating client secret.", code=1)
    return f"{app.id}|{_opaque(app)}"


def _app(world: World, app_id: str) -> App:
    if app := world.apps.get(app_id):
        return app
    raise RefusalError("Error validating application. Cannot get application info due to a system error.", code=101)


def _opaque(app: App) -> str:
    digest = hmac.digest(app.secret.reveal().encode(), b"app token", hashlib.sha256)
    return base64.urlsafe_b64encode(digest)[:27].decode()


def _refuse_proof(message: str) -> RefusalError:
    return RefusalError(message, code=100, kind="GraphMethodException")
