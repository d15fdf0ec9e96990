"""Access tokens: who calls the Graph API, and the proof that goes with a token.

Sources: Meta's guides "Access tokens" (`{app-id}|{app-secret}` is an app token) and "Securing Graph API requests" (read
2026-11-29) for `appsecret_proof`.
"""

import hmac
from urllib.parse import quote, quote_plus

from msgspec import Struct

from hookscope.meta.token_fault import TokenKind
from hookscope.secret_sources import Secret
from hookscope.settings import App


class AccessToken(Struct, frozen=True, kw_only=True):
    """A token and its kind. It goes into calls, and into no text."""

    kind: TokenKind
    secret: Secret

    def proof(self, app_secret: Secret) -> Secret:
        """Return what proves that the caller also knows the secret of the token's app."""
        return Secret(appsecret_proof(self.secret.reveal(), app_secret.reveal()))

    @property
    def forms(self) -> tuple[str, ...]:
        """The token as text, and as it stands in an address."""
        token = self.secret.reveal()
        return token, quote(token, safe=""), quote_plus(token)


def app_token(app: App) -> AccessToken:
    """Return the app's own token."""
    return AccessToken(kind=TokenKind.APP, secret=Secret(f"{app.app_id}|{app.secret.reveal()}"))


def page_token(secret: Secret) -> AccessToken:
    """Return a Page's token."""
    return AccessToken(kind=TokenKind.PAGE, secret=secret)


def user_token(secret: Secret) -> AccessToken:
    """Return a user's or a system user's token."""
    return AccessToken(kind=TokenKind.USER, secret=secret)


def appsecret_proof(token: str, secret: str) -> str:
    """Return the proof that the sender of an access token also knows the app secret."""
    return hmac.digest(secret.encode(), token.encode(), "sha256").hex()
