"""The entities of a sandbox: apps, the accounts that install them, the user who runs these, and subscriptions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from hookscope.samples.business import Business
from hookscope.secret_sources import Secret


class SandboxApp(Struct, frozen=True, kw_only=True):
    """A Meta app. One that is not live sends no real events."""

    id: str
    secret: Secret
    name: str
    live: bool = True


class SandboxPage(Struct, frozen=True, kw_only=True):
    """A Page. `installed` maps the id of an app to the fields that the Page lets it have."""

    id: str
    name: str
    token: Secret
    installed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class User(Struct, frozen=True, kw_only=True):
    """The person who runs the Page and the WhatsApp account. `token` can be exchanged for the long-lived one."""

    id: str
    name: str
    token: Secret
    long_lived_token: Secret


class CallbackOverride(Struct, frozen=True, kw_only=True):
    """A callback that replaces the app's for one WhatsApp account or phone number."""

    callback_url: str
    verify_token: Secret


class WhatsAppAccount(Struct, frozen=True, kw_only=True):
    """A WhatsApp Business account (WABA) with its one phone number.

    `installed` maps the id of an app that the account has installed to the callback for the account, None for the
    app's own; `phone_overrides` to the callback for the phone number.
    """

    name: str
    business: Business
    installed: Mapping[str, CallbackOverride | None] = field(default_factory=dict)
    phone_overrides: Mapping[str, CallbackOverride] = field(default_factory=dict)

    def override(self, app_id: str) -> CallbackOverride | None:
        """Return the callback that replaces the app's, if there is one."""
        return self.phone_overrides.get(app_id) or self.installed.get(app_id)

    @property
    def id(self) -> str:
        """The account's id."""
        return self.business.waba_id

    @property
    def phone_number_id(self) -> str:
        """The id of its phone number."""
        return self.business.phone_number_id

    @property
    def display_phone_number(self) -> str:
        """Its phone number, in digits."""
        return self.business.display_phone_number


class WebhookRegistration(Struct, frozen=True, kw_only=True):
    """An app's subscription for one object. `fields` maps each name to the version it was subscribed with.

    `verified` is true when the callback answered a handshake, `failing_since` is the moment since which all deliveries
    have failed.
    """

    object: str
    callback_url: str
    verify_token: Secret
    fields: Mapping[str, str]
    active: bool = True
    include_values: bool = True
    verified: bool = True
    failing_since: datetime | None = None
    alerted: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the four columns that the edge answers; the verify token is not among them."""
        return {
            "object": self.object,
            "callback_url": self.callback_url,
            "active": self.active,
            "fields": [{"name": name, "version": version} for name, version in self.fields.items()],
        }
