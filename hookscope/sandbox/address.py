"""The address of a sandbox, and the credentials that it made up."""

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from hookscope.samples.business import ENVIRONMENT, Business
from hookscope.secret_sources import Secret


def made_up_secret(app_id: str) -> Secret:
    """Return the secret of an app that `hookscope run --sandbox` makes up, so that its captures can be signed later."""
    return Secret(hashlib.sha256(f"hookscope sandbox {app_id}".encode()).hexdigest()[:32])


class SandboxAddress(Struct, frozen=True, kw_only=True):
    """Everything a client needs to talk to a sandbox. The secrets open nothing but that sandbox."""

    base_url: str
    app_id: str
    app_secret: Secret
    page_id: str
    page_token: Secret
    user_token: Secret
    business: Business

    def to_json(self) -> dict[str, Any]:
        """Return the address with its secrets in the clear, only for the process that started the sandbox."""
        return {
            "base_url": self.base_url,
            "app_id": self.app_id,
            "app_secret": self.app_secret.reveal(),
            "page_id": self.page_id,
            "page_token": self.page_token.reveal(),
            "user_token": self.user_token.reveal(),
            **{name: getattr(self.business, name) for name in ENVIRONMENT},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "SandboxAddress":
        """Parse the result of `to_json`; raises KeyError for another shape."""
        return cls(
            base_url=value["base_url"],
            app_id=value["app_id"],
            app_secret=Secret(value["app_secret"]),
            page_id=value["page_id"],
            page_token=Secret(value["page_token"]),
            user_token=Secret(value["user_token"]),
            business=Business(**{name: value[name] for name in ENVIRONMENT}),
        )
