"""Requests to an app under test: a notification signed as by Meta, and a captured one, signed again for that app."""

from urllib.parse import quote, urlsplit

from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.formats.exporters.request_headers import is_signable, request_headers
from hookscope.formats.redaction import REDACTED
from hookscope.meta.signature import is_signed
from hookscope.model.record import Capture, Request
from hookscope.outbound.replay.mutation import Mutation
from hookscope.outbound.replay.trigger import notification_request
from hookscope.sandbox.delivery import Fault, signatures
from hookscope.secret_sources import Secret
from hookscope.urls import authority

_TOKEN = "verify_token="  # noqa: S105


def notification(body: bytes, url: str, secret: Secret, fault: Fault | None = None) -> Request:
    """Return the notification as Meta would send it to `url`, signed with `secret`, or with that fault."""
    signed = signatures(body, secret.reveal(), fault)
    return notification_request(body, url, None, tuple((name.encode(), value.encode()) for name, value in signed))


def captured(capture: Capture, url: str, secret: Secret, verify_token: str | None = None) -> Request:
    """Return a captured request as `url` would get it, with its own body, query, and headers.

    A request with a signature that is not wrong is signed with `secret`. `verify_token` replaces one that an export
    removed. Raises UsageError if that is missing.
    """
    signed = capture
    if is_signable(capture) and is_signed(capture.request.headers):
        signed = Mutation(resign=True).apply(capture, lambda _: secret)
    parts, query = urlsplit(url), _query(capture, verify_token)
    own = "&".join(filter(None, (parts.query, query)))
    body = capture.request.body
    length = ((b"Content-Length", b"%d" % len(body)),) if body or capture.request.method != "GET" else ()
    return replace(
        capture.request,
        target=(parts.path or "/") + (f"?{own}" if own else ""),
        headers=((b"Host", authority(parts.netloc)), *request_headers(signed), *length),
    )


def _query(capture: Capture, verify_token: str | None) -> str:
    query = capture.request.target.partition("?")[2]
    if _TOKEN + REDACTED not in query or not (capture.handshake and capture.handshake.accepted):
        return query
    if verify_token is None:
        raise UsageError(
            "the verify token was removed from this handshake when it was exported",
            hint="give your app's: verify_token=…; or leave handshakes out: filter='kind:notification'",
        )
    return query.replace(_TOKEN + REDACTED, _TOKEN + quote(verify_token, safe=""))
