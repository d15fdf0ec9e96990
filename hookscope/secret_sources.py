"""The secrets that this process was given, whichever way each came: environment, file, or prompt.

One `SecretSources` is made where the settings of a command are read. It is handed to whoever signs, judges signatures,
calls the Graph API, or takes secrets out of what is shown, logged and exported: what one of them knows, all know.
"""

import json
import os
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from hookscope.errors import UsageError

APP_SECRET = "HOOKSCOPE_APP_SECRET"  # noqa: S105
EXTRA_SECRETS = "HOOKSCOPE_EXTRA_SECRETS"
PAGE_TOKEN = "HOOKSCOPE_PAGE_TOKEN"  # noqa: S105
USER_TOKEN = "HOOKSCOPE_USER_TOKEN"  # noqa: S105
AUTHTOKEN = "NGROK_AUTHTOKEN"
_API_KEY = "NGROK_API_KEY"

DASHBOARD_PLACE = "App Dashboard > App settings > Basic > App secret"
"""The place where Meta shows the app secret."""

_OURS = ("HOOKSCOPE_", "NGROK_")
_TELLING = ("SECRET", "TOKEN", "HEADER", "KEY", "PASSWORD")
_ADDRESSES = ("HOOKSCOPE_LOG", "HOOKSCOPE_FROM", "PGPASSWORD")
"""The address of a shared log may have a password in it."""

_SHORTEST = 16
"""Anything shorter is no app secret, and may stand in a capture by chance."""


class Secret:
    """A text that no message, log or traceback shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        import hmac  # It loads OpenSSL, and processes that are waited for start before anything is compared.

        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)


class SecretSources:
    """The known secrets, and all forms in which they must be redacted.

    `environment` is searched first; None means this process's own. A secret from a file or a prompt is added with
    `use_app_secret` and `keep_out`, and then applies everywhere that this value was passed to. Raises UsageError for an
    invalid further secret.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self._app_secret = _secret(given.get(APP_SECRET, ""))
        extra = filter(str.strip, given.get(EXTRA_SECRETS, "").split(","))
        self._extra = tuple(check_app_secret(one, f"in {EXTRA_SECRETS}") for one in extra)
        self._authtoken = _secret(given.get(AUTHTOKEN, ""))
        self._page_token = _secret(given.get(PAGE_TOKEN, ""))
        self._user_token = _secret(given.get(USER_TOKEN, ""))
        self._redactable: tuple[str, ...] = ()
        access = self._page_token, self._user_token
        known = (self._app_secret, *self._extra, self._authtoken, _secret(given.get(_API_KEY, "")), *access)
        self.keep_out(filter(None, known))

    @property
    def app_secret(self) -> Secret | None:
        """The app's secret, the last that was given; None when nothing gives it."""
        return self._app_secret

    @property
    def extra_secrets(self) -> tuple[Secret, ...]:
        """The further app secrets that signatures may be made with."""
        return self._extra

    @property
    def signing(self) -> tuple[Secret, ...]:
        """Every app secret that a signature may be made with, the app's own first."""
        own = (self._app_secret,) if self._app_secret else ()
        return tuple(dict.fromkeys((*own, *self._extra)))

    @property
    def signing_by_name(self) -> dict[str, str]:
        """The texts of the secrets that a signature may be made with, by names that may be shown; the app's own first.

        Not for anything that is shown, logged or stored.
        """
        own = {"the app secret": self._app_secret.reveal()} if self._app_secret else {}
        extra = {f"secret {n} of {EXTRA_SECRETS}": one.reveal() for n, one in enumerate(self._extra, 1)}
        return own | extra

    @property
    def authtoken(self) -> Secret | None:
        """The authtoken of the ngrok account."""
        return self._authtoken

    @property
    def page_token(self) -> Secret | None:
        """The access token of a Page."""
        return self._page_token

    @property
    def user_token(self) -> Secret | None:
        """The access token of a user, or a system user, who runs Pages or a WhatsApp account."""
        return self._user_token

    @property
    def redactable(self) -> tuple[str, ...]:
        """The texts that must not occur in an export, under whatever name; the longest first."""
        return self._redactable

    def use_app_secret(self, secret: Secret) -> None:
        """Sign and judge with this app secret from now on. The previous one is still redacted."""
        self._app_secret = secret
        self.keep_out((secret,))

    def use_page_token(self, token: Secret) -> None:
        """Read and change a Page with this token from now on."""
        self._page_token = token
        self.keep_out((token,))

    def use_user_token(self, token: Secret) -> None:
        """Look for Page tokens, and change a WhatsApp account, with this token from now on."""
        self._user_token = token
        self.keep_out((token,))

    def keep_out(self, secrets: Iterable[Secret]) -> None:
        """Redact these texts from output, log and exports."""
        forms = {form for secret in secrets if len(secret.reveal()) >= _SHORTEST for form in _forms(secret.reveal())}
        # A shorter one may be part of a longer one, whose rest would stay.
        self._redactable = tuple(sorted(forms.union(self._redactable), key=len, reverse=True))

    def redact(self, text: str) -> str:
        """Return the text without the known secrets."""
        for secret in self._redactable:
            text = text.replace(secret, "•••")
        return text


def known_app_secret(secrets: SecretSources) -> Secret | None:
    """Return the app's secret if it is given without a prompt. Raises UsageError for an invalid one."""
    return check_app_secret(secrets.app_secret.reveal(), f"in {APP_SECRET}") if secrets.app_secret else None


def check_app_secret(text: str, where: str) -> Secret:
    """Return the text as an app secret; `where` names its source. Raises UsageError for an invalid one."""
    secret = text.strip()
    if not secret or not secret.isprintable() or " " in secret:
        raise UsageError(f"the app secret {where} is empty or not a secret", hint=f"copy it again: {DASHBOARD_PLACE}")
    return Secret(secret)


def is_secret_variable(name: str) -> bool:
    """Return whether an environment variable of that name may hold a secret of ours, including future ones."""
    return name in _ADDRESSES or (name.startswith(_OURS) and any(part in name for part in _TELLING))


def _secret(text: str) -> Secret | None:
    return Secret(stripped) if (stripped := text.strip()) else None


def _forms(secret: str) -> tuple[str, ...]:
    """Return the secret's forms in text, in an address and in JSON."""
    in_json = json.dumps(secret)[1:-1]
    return secret, quote(secret, safe=""), in_json, in_json.replace("/", r"\/")
