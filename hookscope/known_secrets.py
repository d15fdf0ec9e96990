"""The secrets that the environment holds, as far as hookscope has a name for them."""

import os

APP_SECRET = "HOOKSCOPE_APP_SECRET"  # noqa: S105
EXTRA_SECRETS = "HOOKSCOPE_EXTRA_SECRETS"
_AUTHTOKEN = "NGROK_AUTHTOKEN"
_SHORTEST = 16
"""Anything shorter is no app secret, and may stand in a capture by chance."""


def extra_secrets() -> tuple[str, ...]:
    """The further app secrets that signatures may be made with."""
    return tuple(filter(None, map(str.strip, os.environ.get(EXTRA_SECRETS, "").split(","))))


def app_secrets() -> tuple[str, ...]:
    """Every app secret."""
    return tuple(dict.fromkeys(filter(None, (os.environ.get(APP_SECRET, "").strip(), *extra_secrets()))))


def to_redact() -> tuple[str, ...]:
    """What must not stand in an export, whatever it is called there."""
    known = (*app_secrets(), os.environ.get(_AUTHTOKEN, ""))
    return tuple(secret for secret in known if len(secret) >= _SHORTEST)
