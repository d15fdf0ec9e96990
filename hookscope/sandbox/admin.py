"""The sandbox's own endpoints for inspecting and provoking, under `/sandbox/`, where no path of the Graph API begins.

`GET state` shows all that there is but secrets. `POST` takes a JSON object, sent as `application/json` so that no web
page can: `knobs` sets any of the Knobs, `apps` `{"live"}` switches the mode, `subscriptions` sets one without a
handshake, as if somebody else had made it, and `send` has an event delivered. All but `knobs` take an `app_id`. An
error is `{"error": {"message"}}` with a status of 400.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

from aiohttp import web
from msgspec.structs import asdict, replace

from hookscope.errors import UsageError
from hookscope.meta.notification import MAX_EVENTS, EntryForm, messaging_field
from hookscope.meta.notification_builder import Update
from hookscope.samples.catalog import find, sample_of
from hookscope.samples.placeholders import PlaceholderFiller
from hookscope.samples.sample import Sample
from hookscope.sandbox.api import DASHBOARD_VERSION
from hookscope.sandbox.clock import SandboxClock
from hookscope.sandbox.courier import Courier
from hookscope.sandbox.delivery import Fault, QueuedNotification
from hookscope.sandbox.entities import SandboxApp, WebhookRegistration, WhatsAppAccount
from hookscope.sandbox.knobs import Knobs
from hookscope.sandbox.verification import Verifier, is_well_formed
from hookscope.sandbox.world import World
from hookscope.secret_sources import Secret

_MOST_NOTIFICATIONS = 1000
_MOST_UPDATES = 10_000


class Admin:
    """Answers the requests under `/sandbox/`."""

    def __init__(self, world: World, knobs: Knobs, verifier: Verifier, courier: Courier, clock: SandboxClock) -> None:
        self._world = world
        self._knobs = knobs
        self._verifier = verifier
        self._courier = courier
        self._clock = clock
        self._random = Random()  # noqa: S311  # nothing that is drawn is a secret

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the endpoints to an application, before any route that takes all paths."""
        router.add_get("/sandbox/state", self._state)
        router.add_post("/sandbox/knobs", self._turn)
        router.add_post("/sandbox/apps", self._switch)
        router.add_post("/sandbox/subscriptions", self._preset)
        router.add_post("/sandbox/send", self._send)

    async def _state(self, _: web.Request) -> web.Response:
        world = self._world
        return web.json_response(
            {
                "apps": [{"id": app.id, "name": app.name, "live": app.live} for app in world.apps.values()],
                "subscriptions": [
                    _registration_json(app_id, found) for app_id in world.apps for found in world.subscriptions(app_id)
                ],
                "pages": [
                    {"id": page.id, "name": page.name, "installed": dict(page.installed)}
                    for page in world.pages.values()
                ],
                "whatsapp": _whatsapp_json(world.whatsapp),
                "handshakes": [
                    {"at": made.at.isoformat(), "callback_url": made.callback_url, "problem": made.problem}
                    for made in self._verifier.attempts
                ],
                "deliveries": [delivery.to_json() for delivery in self._courier.deliveries],
                "alerts": [{"at": at.isoformat(), "text": text} for at, text in world.alerts],
                "knobs": asdict(self._knobs),
            }
        )

    async def _turn(self, request: web.Request) -> web.Response:
        wanted = await _read_object(request)
        try:
            self._knobs.turn(wanted)
        except ValueError as error:
            raise _refuse(str(error)) from error
        return web.json_response(asdict(self._knobs))

    async def _switch(self, request: web.Request) -> web.Response:
        wanted = await _read_object(request)
        app, live = self._app(wanted), wanted.get("live")
        if not isinstance(live, bool):
            raise _refuse("`live` must be true or false")
        self._world.set_live(app.id, live)
        return web.json_response({"id": app.id, "live": live})

    async def _preset(self, request: web.Request) -> web.Response:
        wanted = await _read_object(request)
        app = self._app(wanted)
        fields = wanted.get("fields", [])
        callback_url = _text(wanted, "callback_url", "")
        if not is_well_formed(callback_url):
            raise _refuse("`callback_url` must be a URL")
        if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
            raise _refuse("`fields` must be a list of names")
        topic = _text(wanted, "object", "page")
        self._world.unsubscribe(app.id, topic)
        found = self._world.subscribe(
            app.id,
            topic,
            callback_url=callback_url,
            verify_token=Secret(_text(wanted, "verify_token", "")),
            fields=fields,
            version=_text(wanted, "version", DASHBOARD_VERSION),
            include_values=wanted.get("include_values") is not False,
            active=wanted.get("active") is not False,
            verified=False,
        )
        return web.json_response(_registration_json(app.id, found))

    async def _send(self, request: web.Request) -> web.Response:
        """Send an event.

        The request is a JSON object with `object`, `field`, `value` or `messaging`, and any of `count`, `batch`,
        `fault`, `duplicate`, `test` and `wait`. All have a default: one notification of one `page.feed` sample.
        `{"sample": NAME}` in place of object and field names one of the catalog. Answers when every first attempt was
        made, or at once with `"wait": false`; `withheld` tells why nothing was sent.
        """
        wanted = await _read_object(request)
        notifications = self._notifications(wanted)
        if withheld := self._withheld(notifications[0]):
            return web.json_response({"withheld": withheld, "deliveries": []})
        if wanted.get("wait") is False:
            self._courier.send(*notifications)
            return web.json_response({"withheld": None, "deliveries": []}, status=202)
        deliveries = await self._courier.deliver(notifications)
        return web.json_response({"withheld": None, "deliveries": [made.to_json() for made in deliveries]})

    def _notifications(self, wanted: Mapping[str, Any]) -> list[QueuedNotification]:
        app, sample = self._app(wanted), _sample(wanted)
        topic = sample.object if sample else _text(wanted, "object", "page")
        count, batch = _number(wanted, "count", _MOST_NOTIFICATIONS), _number(wanted, "batch", MAX_EVENTS)
        if count * batch > _MOST_UPDATES:
            raise _refuse(f"`count` times `batch` exceeds {_MOST_UPDATES}")
        fault, is_test = _fault(wanted), wanted.get("test") is True
        notifications: list[QueuedNotification] = []
        for number in range(count):
            updates = tuple(self._update(wanted, sample, topic, number * batch + index) for index in range(batch))
            notifications.append(
                QueuedNotification(app_id=app.id, object=topic, updates=updates, fault=fault, is_test=is_test)
            )
            if wanted.get("duplicate") is True:
                notifications.append(replace(notifications[-1], later=timedelta(seconds=1)))
        return notifications

    def _update(self, wanted: Mapping[str, Any], sample: Sample | None, topic: str, variant: int) -> Update:
        owner = self._world.owner_of(topic)
        business, user_ids = self._world.whatsapp.business, self._knobs.user_ids
        filler = PlaceholderFiller(
            self._random, owner=owner, now=self._clock.now(), business=business, user_ids=user_ids
        )
        if sample:
            return filler.update(sample)
        if (event := wanted.get("messaging")) is not None:
            field = _text(wanted, "field", messaging_field(event, topic))
            form = EntryForm.STANDBY if field == "standby" else EntryForm.MESSAGING
            return Update(object=topic, owner=owner, field=field, form=form, value=event)
        field = _text(wanted, "field", "feed")
        if "value" in wanted:
            return Update(object=topic, owner=owner, field=field, value=wanted["value"])
        return filler.update(sample_of(topic, field, variant))

    def _withheld(self, queued: QueuedNotification) -> str | None:
        if queued.is_test:
            found = self._world.registration(queued.app_id, queued.object)
            return None if found else f"the app has no subscription to {queued.object}"
        ignore = self._knobs.install_ignored
        reasons = (self._world.withholds(queued.app_id, queued.object, field, ignore=ignore) for field in queued.fields)
        return next(filter(None, reasons), None)

    def _app(self, wanted: Mapping[str, Any]) -> SandboxApp:
        app = self._world.apps.get(_text(wanted, "app_id", self._world.app.id))
        if app is None:
            raise _refuse("there is no such app")
        return app


async def _read_object(request: web.Request) -> Mapping[str, Any]:
    if request.content_type != "application/json":
        raise _refuse("send a JSON object as application/json")
    try:
        value = await request.json()
    except (ValueError, RecursionError) as error:
        raise _refuse("the body is not JSON") from error
    if not isinstance(value, dict):
        raise _refuse("the body must be a JSON object")
    return value


def _text(wanted: Mapping[str, Any], name: str, default: str) -> str:
    value = wanted.get(name, default)
    if not isinstance(value, str):
        raise _refuse(f"`{name}` must be a string")
    return value


def _number(wanted: Mapping[str, Any], name: str, most: int) -> int:
    value = wanted.get(name, 1)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise _refuse(f"`{name}` must be a number from 1 to {most}")
    return value


def _sample(wanted: Mapping[str, Any]) -> Sample | None:
    if (name := _text(wanted, "sample", "")) == "":
        return None
    try:
        return find(name)
    except UsageError as error:
        raise _refuse(error.message) from error


def _fault(wanted: Mapping[str, Any]) -> Fault | None:
    value = wanted.get("fault")
    if value is None:
        return None
    if value not in tuple(Fault):
        raise _refuse(f"`fault` must be one of {', '.join(Fault)}")
    return Fault(value)


def _registration_json(app_id: str, found: WebhookRegistration) -> dict[str, Any]:
    return {
        "app_id": app_id,
        **found.to_json(),
        "include_values": found.include_values,
        "verified": found.verified,
    }


def _whatsapp_json(account: WhatsAppAccount) -> dict[str, Any]:
    return {
        "id": account.id,
        "phone_number_id": account.phone_number_id,
        "installed": {
            app_id: override.callback_url if override else None for app_id, override in account.installed.items()
        },
        "phone_overrides": {app_id: override.callback_url for app_id, override in account.phone_overrides.items()},
    }


def _refuse(message: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": {"message": message}}), content_type="application/json")
