"""The state of a sandbox, and the rules by which it changes: apps, their subscriptions, and Pages.

No I/O and no clock. Sources: Meta's reference of the subscriptions edge (a POST adds fields, overwrites the URL and
re-activates; a DELETE without object takes everything), its guide on Page webhooks (an event comes only for a field
that is on for the app and for the Page), and the Messenger guide (after an hour of failures the app is unsubscribed).
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from hookscope.meta import catalog
from hookscope.meta.callback_override import is_overridable
from hookscope.meta.catalog import WHATSAPP
from hookscope.samples.business import Business
from hookscope.sandbox.contents import Contents
from hookscope.sandbox.entities import (
    CallbackOverride,
    SandboxApp,
    SandboxPage,
    User,
    WebhookRegistration,
    WhatsAppAccount,
)
from hookscope.secret_sources import Secret

_ALERT_AFTER = timedelta(minutes=15)

Watcher = Callable[[str, str], None]
"""Told the app id and the object of a subscription of which something changed, if only the Page or the mode."""


class World:
    """The state: one app, one Page and one WhatsApp account to begin with, and one account of every other kind."""

    def __init__(self, *, app: SandboxApp, page: SandboxPage, whatsapp: WhatsAppAccount, user: User) -> None:
        self.apps = {app.id: app}
        self.pages = {page.id: page}
        self.whatsapp = whatsapp
        self.user = user
        self._owners = {"page": page.id, "user": user.id, "permissions": user.id, WHATSAPP: whatsapp.id}
        self.registrations: dict[tuple[str, str], WebhookRegistration] = {}
        self.contents = Contents()
        self.alerts: list[tuple[datetime, str]] = []
        self._watchers: list[Watcher] = []

    @property
    def app(self) -> SandboxApp:
        """The app that the sandbox began with."""
        return next(iter(self.apps.values()))

    @property
    def page(self) -> SandboxPage:
        """The Page that the sandbox began with."""
        return next(iter(self.pages.values()))

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher`, which must not raise, on every change."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Stop calling `watcher`."""
        self._watchers.remove(watcher)

    def owner_of(self, topic: str) -> str:
        """Return the id of the account that the events of an object belong to."""
        return self._owners.setdefault(topic, new_id())

    def registration(self, app_id: str, topic: str) -> WebhookRegistration | None:
        """Return the app's subscription for an object."""
        return self.registrations.get((app_id, topic))

    def subscriptions(self, app_id: str) -> list[WebhookRegistration]:
        """Return all subscriptions of the app."""
        return [found for (owner, _), found in self.registrations.items() if owner == app_id]

    def subscribe(
        self,
        app_id: str,
        topic: str,
        *,
        callback_url: str,
        verify_token: Secret,
        fields: Iterable[str],
        version: str,
        include_values: bool | None = None,
        verified: bool = True,
        active: bool = True,
    ) -> WebhookRegistration:
        """Add fields to a subscription or create one, overwrite its URL, and activate it.

        `include_values` None keeps it unchanged, and means on for a new subscription: Meta documents no default.
        """
        before = self.registrations.get((app_id, topic))
        if include_values is None:
            include_values = before.include_values if before else True
        after = WebhookRegistration(
            object=topic,
            callback_url=callback_url,
            verify_token=verify_token,
            fields={**(before.fields if before else {}), **dict.fromkeys(fields, version)},
            active=active,
            include_values=include_values,
            verified=verified,
        )
        self._keep(app_id, after)
        return after

    def add_fields(self, app_id: str, topic: str, fields: Iterable[str], version: str) -> None:
        """Add fields to an existing subscription without changing its URL."""
        before = self.registrations[app_id, topic]
        self._keep(app_id, replace(before, fields={**before.fields, **dict.fromkeys(fields, version)}))

    def unsubscribe(self, app_id: str, topic: str | None = None, fields: Iterable[str] | None = None) -> None:
        """Remove an object's subscription, or some of its fields; without an object, all subscriptions of the app."""
        doomed = [key for key in self.registrations if key[0] == app_id and topic in (None, key[1])]
        for key in doomed:
            if topic is not None and fields is not None:
                before = self.registrations[key]
                gone = frozenset(fields)
                left = {name: version for name, version in before.fields.items() if name not in gone}
                self._keep(app_id, replace(before, fields=left))
            else:
                del self.registrations[key]
                self._notify(*key)

    def install(self, page_id: str, app_id: str, fields: Sequence[str]) -> None:
        """Install an app on a Page with exactly these fields."""
        page = self.pages[page_id]
        self.pages[page_id] = replace(page, installed={**page.installed, app_id: tuple(dict.fromkeys(fields))})
        self._notify(app_id, "page")

    def uninstall(self, page_id: str, app_id: str) -> None:
        """Uninstall an app from a Page."""
        page = self.pages[page_id]
        self.pages[page_id] = replace(page, installed=_without(page.installed, app_id))
        self._notify(app_id, "page")

    def install_whatsapp(self, app_id: str, override: CallbackOverride | None = None) -> None:
        """Install an app on the WhatsApp account, with a callback for this account if one is given."""
        account = self.whatsapp
        self._keep_whatsapp(app_id, replace(account, installed={**account.installed, app_id: override}))

    def uninstall_whatsapp(self, app_id: str) -> None:
        """Uninstall an app from the WhatsApp account."""
        account = self.whatsapp
        self._keep_whatsapp(app_id, replace(account, installed=_without(account.installed, app_id)))

    def override_phone(self, app_id: str, override: CallbackOverride | None) -> None:
        """Set or remove a callback for the phone number's events."""
        account = self.whatsapp
        left = _without(account.phone_overrides, app_id)
        given = {app_id: override} if override else {}
        self._keep_whatsapp(app_id, replace(account, phone_overrides={**left, **given}))

    def override(self, app_id: str, topic: str, name: str) -> CallbackOverride | None:
        """Return the callback that replaces the app's for an event of that field, if there is one."""
        return self.whatsapp.override(app_id) if topic == WHATSAPP and is_overridable(name) else None

    def set_live(self, app_id: str, live: bool) -> None:
        """Switch an app between live and development mode."""
        self.apps[app_id] = replace(self.apps[app_id], live=live)
        for found in self.subscriptions(app_id):
            self._notify(app_id, found.object)

    def withholds(self, app_id: str, topic: str, name: str, *, ignore: Collection[str] = ()) -> str | None:
        """Return why an event of that field is not sent to the app, or None when it is.

        `ignore` names objects whose events are sent whatever the account has installed.
        """
        found = self.registrations.get((app_id, topic))
        if found is None:
            return f"the app has no subscription to {topic}"
        if not found.active:
            return f"the subscription to {topic} is inactive"
        if name not in found.fields:
            return f"the app's subscription to {topic} has no field {name}"
        if not self.apps[app_id].live:
            return "the app is in development mode"
        if topic in ignore:
            return None
        if topic == "page" and not self._installed(app_id, name):
            return f"the Page has not installed the app with the field {name}"
        if topic == WHATSAPP and app_id not in self.whatsapp.installed:
            return "the WhatsApp account has not installed the app"
        return None

    def admitted(self, app_id: str, topic: str, *, ignore: Collection[str] = ()) -> tuple[str, ...]:
        """Return the fields of an object whose events are sent to the app; `ignore` as in `withholds`."""
        found = self.registrations.get((app_id, topic))
        names = found.fields if found else ()
        return tuple(name for name in names if not self.withholds(app_id, topic, name, ignore=ignore))

    def note_outcome(
        self, app_id: str, topic: str, names: Iterable[str], *, accepted: bool, now: datetime, disable_after: timedelta
    ) -> None:
        """Note that a delivery succeeded or failed.

        A quarter of an hour of failures raises an alert. After `disable_after`, a subscription whose failing delivery
        is of the messaging family becomes inactive, and the app is removed from its Pages.
        """
        before = self.registrations.get((app_id, topic))
        if before is None:
            return
        if accepted:
            self.registrations[app_id, topic] = replace(before, failing_since=None, alerted=False)
            return
        after = replace(before, failing_since=before.failing_since or now)
        failing = now - (after.failing_since or now)
        if failing >= _ALERT_AFTER and not after.alerted:
            minutes = int(failing.total_seconds() // 60)
            text = f"{after.callback_url} has not been accepting updates for at least {minutes} minutes"
            self.alerts.append((now, text))
            after = replace(after, alerted=True)
        self.registrations[app_id, topic] = after
        if failing >= disable_after and after.active and any(_is_messaging(topic, name) for name in names):
            self._disable(app_id, after, now)

    def _disable(self, app_id: str, found: WebhookRegistration, now: datetime) -> None:
        self.alerts.append((now, f"Webhooks Disabled: {found.callback_url}"))
        if found.object == "page":
            for page_id in self.pages:
                self.uninstall(page_id, app_id)
        self._keep(app_id, replace(found, active=False))

    def _installed(self, app_id: str, name: str) -> bool:
        return any(name in page.installed.get(app_id, ()) for page in self.pages.values())

    def _keep_whatsapp(self, app_id: str, account: WhatsAppAccount) -> None:
        self.whatsapp = account
        self._notify(app_id, WHATSAPP)

    def _keep(self, app_id: str, registration: WebhookRegistration) -> None:
        self.registrations[app_id, registration.object] = registration
        self._notify(app_id, registration.object)

    def _notify(self, app_id: str, topic: str) -> None:
        for watcher in self._watchers:
            watcher(app_id, topic)


def new_world(app_id: str | None = None, app_secret: Secret | None = None, business: Business | None = None) -> World:
    """Return a world with a live app that its Page and WhatsApp account have installed; missing values are made up."""
    app = SandboxApp(id=app_id or new_id(16), secret=app_secret or Secret(secrets.token_hex(16)), name="Sandbox app")
    business = business or Business()
    page = SandboxPage(
        id=business.page_id or new_id(15),
        name="Sandbox Page",
        token=_new_token(),
        installed={app.id: tuple(sorted(catalog.FIELDS["page"]))},
    )
    whatsapp = WhatsAppAccount(name="Sandbox WhatsApp account", business=business, installed={app.id: None})
    user = User(id=new_id(15), name="Sandbox User", token=_new_token(), long_lived_token=_new_token())
    return World(app=app, page=page, whatsapp=whatsapp, user=user)


def new_id(digits: int = 15) -> str:
    """Return a number like Meta's ids, as text."""
    lowest: int = 10 ** (digits - 1)
    return str(lowest + secrets.randbelow(9 * lowest))


def _new_token() -> Secret:
    return Secret("EAA" + secrets.token_hex(30))


def _without(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}


def _is_messaging(topic: str, name: str) -> bool:
    return topic in ("page", "instagram") and (name.startswith("messag") or name == "standby")
