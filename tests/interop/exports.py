"""Exports that other programs send: what arrives of them."""

import json
from collections.abc import Awaitable, Callable

from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.registry import ExportReport, export_chunks
from tests.interop.installation import InteropError
from tests.interop.library import Outcome
from tests.support.application import Application
from tests.support.captures import feed_body, make_capture

_BODIES: dict[str, bytes] = {
    "a notification": feed_body('it\'s "50%" @home \\ $HOME `id` ${x} GET /x'),
    "indented JSON": json.dumps(json.loads(feed_body("@name = value")), indent=2).encode(),
    "UTF-8": '{"a":"grüße 😀"}'.encode(),
    "an assignment": b'{"a":\n@name = value\n1}',
    "an assertion": b'{"a":\n?? status == 200\n1}',
    "a redirection": b'{"a":\n >> file\n1}',
    "a request": b'{"a":\nGET /x\n1}',
    "a comment": b'{"a":\n  # no\n1}',
    "a variable": b'{"a":"{{x}}"}',
    "a form": b"a=1&b=%C3%A9",
    "an option": b"-x --help",
    "a file": b"@/etc/hosts",
    "binary": bytes(range(256)),
}

Send = Callable[[str, str], Awaitable[None]]
"""Has a client send an export to an address; raises InteropError."""


async def sent_from(form: str, send: Send) -> list[Outcome]:
    """Have a client send each body out of an export; it works when these bytes arrive, or are left out and named."""
    return [await _sent(form, name, body, send) for name, body in _BODIES.items()]


async def _sent(form: str, name: str, body: bytes, send: Send) -> Outcome:
    report = ExportReport()
    async with Application() as app:
        exported = b"".join(export_chunks([make_capture(body)], form, Options(to=app.url), report)).decode()
        if report.left_out:
            return Outcome(ran=f"{name}, left out", works=True)
        try:
            await send(exported, app.url)
        except InteropError as error:
            return Outcome(ran=name, works=False, detail=str(error))
        arrived = [one.body for one in app.received]
    return Outcome(ran=name, works=arrived == [body], detail="" if arrived == [body] else f"{arrived!r:.200} arrived")
