"""A test file that replays captures against an app and asserts its answers; needs pytest and nothing else."""

import re

from hookscope import __version__
from hookscope.formats.exporters.options import PLACEHOLDER, Options, query_of
from hookscope.formats.exporters.request_headers import is_signable, request_headers
from hookscope.formats.redaction import REDACTED
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Capture

_PART = 88
"""Bytes of a body on one line of the file."""


def frame(first: Capture | None, options: Options) -> tuple[bytes, bytes]:
    """Return what is before the captures, and the test behind them, which sends to the target of the first."""
    if first is None:
        return b"", b""
    url = options.target_of(first) or PLACEHOLDER
    return _HEAD.replace("@VERSION@", __version__).replace("@URL@", _literal(url)).encode(), _TAIL.encode()


def entry(capture: Capture, _: Options) -> bytes:
    """Return a capture as Python."""
    return _case(capture).encode("ascii")


def _case(capture: Capture) -> str:
    headers = "".join(f"            ({name!r}, {value!r}),\n" for name, value in request_headers(capture))
    fields = {
        "name": _literal(_name(capture)),
        "method": _literal(capture.request.method),
        "query": _literal(query_of(capture)),
        "headers": f"(\n{headers}        )" if headers else "()",
        "body": _bytes(capture.request.body),
        "signed": repr(is_signable(capture) and not _is_refused_unsigned(capture)),
        "status": repr(200 if capture.reply.status is None else capture.reply.status),
        "answer": repr(_wanted_answer(capture)),
    }
    return "    Captured(\n" + "".join(f"        {name}={value},\n" for name, value in fields.items()) + "    ),\n"


def _is_refused_unsigned(capture: Capture) -> bool:
    return capture.signature.verdict is SignatureVerdict.MISSING and capture.reply.status == 401


def _wanted_answer(capture: Capture) -> bytes | None:
    """Return the answer that Meta requires: its challenge for a handshake, and any body otherwise."""
    return capture.reply.body if capture.handshake and capture.handshake.accepted else None


def _name(capture: Capture) -> str:
    event = capture.lead
    words = f"{event.object}-{event.field}-{event.action}" if event else str(capture.kind)
    return f"{capture.ref}-{re.sub(r'[^A-Za-z0-9]+', '-', words).strip('-')[:60]}"


def _literal(text: str) -> str:
    return ascii(text)


def _bytes(data: bytes) -> str:
    if len(data) <= _PART:
        return repr(data)
    lines = "".join(f"            {data[at : at + _PART]!r}\n" for at in range(0, len(data), _PART))
    return f"(\n{lines}        )"


_HEAD = '''\
"""Send captured webhooks to an app again. Written by hookscope @VERSION@.

    HOOKSCOPE_APP_URL=http://localhost:3000/webhook pytest THIS_FILE

When HOOKSCOPE_APP_SECRET is set, the notifications are signed again, as Meta does, for an app with another secret than
the one they were signed with. HOOKSCOPE_VERIFY_TOKEN stands in for a verify token that was taken out of a handshake.
"""

import hashlib
import hmac
import http.client
import os
from typing import NamedTuple, Optional
from urllib.parse import quote, urlsplit

import pytest

APP_URL = os.environ.get("HOOKSCOPE_APP_URL") or @URL@
APP_SECRET = os.environ.get("HOOKSCOPE_APP_SECRET", "")
VERIFY_TOKEN = os.environ.get("HOOKSCOPE_VERIFY_TOKEN", "")
PATIENCE_SECONDS = 20


class Captured(NamedTuple):
    """A request and the expected response; `answer` is None when any body is accepted."""

    name: str
    method: str
    query: str
    headers: tuple
    body: bytes
    signed: bool
    status: int
    answer: Optional[bytes]


CAPTURED = (
'''

_TAIL = f'''\
)


@pytest.mark.parametrize("captured", CAPTURED, ids=[captured.name for captured in CAPTURED])
def test_the_app_answers_as_it_did(captured):
    status, answer = send(captured)
    assert status == captured.status, answer[:500]
    if captured.answer is not None:
        assert answer == captured.answer


def send(captured):
    """Send a request byte for byte; return the status and the body of the response."""
    url = urlsplit(APP_URL)
    assert url.hostname, f"HOOKSCOPE_APP_URL must be a full URL, such as http://localhost:3000/webhook: {{APP_URL}}"
    connect = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = connect(url.hostname, url.port, timeout=PATIENCE_SECONDS)
    query = "&".join(part for part in (url.query, query_of(captured)) if part)
    try:
        connection.putrequest(
            captured.method,
            (url.path or "/") + ("?" + query if query else ""),
            skip_accept_encoding=True,
        )
        for name, value in headers_of(captured):
            connection.putheader(name, value)
        if captured.body or captured.method != "GET":
            connection.putheader("Content-Length", str(len(captured.body)))
        connection.endheaders(captured.body or None)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def query_of(captured):
    """Return the query with the verify token put back; a refused one is just as wrong without it."""
    name = "verify_token="
    if name + "{REDACTED}" not in captured.query or captured.status != 200:
        return captured.query
    if not VERIFY_TOKEN:
        pytest.skip("the verify token was removed from this handshake: set HOOKSCOPE_VERIFY_TOKEN")
    return captured.query.replace(name + "{REDACTED}", name + quote(VERIFY_TOKEN, safe=""))


def headers_of(captured):
    """Return the headers in order, signed again when there is a secret to sign with."""
    if not (captured.signed and APP_SECRET):
        return captured.headers
    signed = {{
        "x-hub-signature": sign(captured.body, hashlib.sha1, b"sha1="),
        "x-hub-signature-256": sign(captured.body, hashlib.sha256, b"sha256="),
    }}
    headers = [(name, signed.get(name.decode().lower(), value)) for name, value in captured.headers]
    if not any(name.decode().lower() in signed for name, _ in headers):
        headers.append((b"X-Hub-Signature-256", signed["x-hub-signature-256"]))
    return tuple(headers)


def sign(body, algorithm, prefix):
    """The value of a signature header."""
    return prefix + hmac.new(APP_SECRET.encode(), body, algorithm).hexdigest().encode()
'''
