"""Functions for an app that receives webhooks: verify a signature, answer a handshake, parse a body. No I/O."""

from collections.abc import Iterable, Mapping

from hookscope.diagnosis.finding import Finding
from hookscope.errors import HandshakeError, UsageError
from hookscope.meta import handshake, signature
from hookscope.meta.parsed_body import ParsedBody, parse_body
from hookscope.meta.signature import Signature
from hookscope.model.unpacked import unpack
from hookscope.receiver.policy import query_parameters
from hookscope.secret_sources import check_app_secret

Headers = Mapping[str, str] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
"""Headers as frameworks give them: a mapping, or pairs of texts or of bytes (ASGI). Case does not matter."""

Query = str | Mapping[str, str] | Iterable[tuple[str, str]]
"""A query as it stands behind the `?`, or its decoded parameters as a mapping or as pairs."""


def verify(headers: Headers, body: bytes, secrets: str | Iterable[str]) -> Signature:
    """Verify the signature of a notification against its raw body. The result is truthy only if it is valid.

    `X-Hub-Signature-256` decides; `X-Hub-Signature` counts only without it (Meta, "Webhooks: Get started", section
    "Validating payloads"). `secrets` is one app secret, or several, any of which may have signed. If the signature is
    not valid, `reason` explains why; it never contains the right one. Raises UsageError for a body that is not bytes
    and for an empty secret.

    >>> body = b'{"object": "page", "entry": []}'
    >>> headers = {"X-Hub-Signature-256": sign(body, "myappsecret")}
    >>> bool(verify(headers, body, "myappsecret"))
    True
    >>> verify({}, body, "myappsecret").reason
    'no X-Hub-Signature-256 header'
    """
    known = [_secret(secret) for secret in ((secrets,) if isinstance(secrets, str) else secrets)]
    if not known:
        raise UsageError("there is no app secret to verify with", hint="give one, or several in a list")
    return signature.judge(_pairs(headers), _raw(body), known)


def explain_signature(
    headers: Headers, body: bytes, secrets: str | Iterable[str] | Mapping[str, str], *, original: bytes | None = None
) -> Finding:
    """Explain why a notification's signature is not valid, by the one hypothesis that the signature itself proves.

    It tries every known secret, alterations of the header, and changes of the body: serialized again by a JSON encoder,
    compressed, cut off, with a newline added or removed. `secrets` is one app secret, or several, the app's own first,
    or a mapping that names them. `original` is the body as it was sent, where that is known: only it can prove an edit.
    The finding never contains a signature; show it to developers, not to senders. For a large body this takes seconds.
    Raises UsageError as `verify` does.

    >>> body = b'{"object": "page", "entry": []}'
    >>> explain_signature({"X-Hub-Signature-256": sign(body, "myappsecret")}, body + b"\\n", "myappsecret").id
    'signature.newline-added'
    """
    from hookscope.diagnosis.signature import explain_signature as explain

    if isinstance(secrets, str):
        named = {"the app secret": secrets}
    elif isinstance(secrets, Mapping):
        named = dict(secrets)
    else:
        named = {f"secret {number}": text for number, text in enumerate(secrets, 1)}
    known = {name: _secret(text) for name, text in named.items()}
    return explain(_pairs(headers), _raw(body), known, None if original is None else _raw(original))


def lint(body: bytes, headers: Headers = ()) -> list[Finding]:
    """Return a warning for everything in a notification that Meta does not document.

    These are unknown fields, keys, and types, keys that are missing, values of another kind, and what is outdated.
    Meta adds names without asking, so none of it is a fault. Headers may tell the version of the field. Raises
    UsageError for a body that is not bytes.

    >>> body = b'{"object": "page", "entry": [{"id": "1", "changes": [{"field": "fead", "value": {}}]}]}'
    >>> [(finding.id, finding.why) for finding in lint(body)]
    [('payload.unknown-field', "the nearest known one is 'feed'")]
    """
    from hookscope.diagnosis.lint import lint as look

    return look(_raw(body), _pairs(headers))


def sign(body: bytes, secret: str) -> str:
    """Return the value of `X-Hub-Signature-256` for a body: `sha256=` and 64 hexadecimal digits.

    Raises UsageError for a body that is not bytes and for an empty secret.

    >>> sign(b"{}", "myappsecret")[:17]
    'sha256=f5fa963239'
    """
    return signature.sign(_raw(body), _secret(secret))


def parse(body: bytes) -> ParsedBody:
    """Parse the body of a notification. The result is a sequence of its events.

    Meta batches up to 1000 events into one body. Each becomes a ParsedEvent with `object`, `field`, `summary` (one
    line of text), `time` (timezone-aware, or None), `entry_id` (the Page or account), `ids`, `fingerprint`, and
    `value`. A body that is not a notification has no events, and `problem` says why. Raises UsageError for a body
    that is not bytes.

    >>> body = b'{"object": "page", "entry": [{"id": "1", "changes": [{"field": "feed", "value": {"item": "like"}}]}]}'
    >>> [(event.object, event.field, event.entry_id, event.summary) for event in parse(body)]
    [('page', 'feed', '1', 'like')]
    >>> parse(b"hello").problem is None
    False
    """
    return parse_body(_raw(body))


def summarize(body: bytes) -> str:
    """Return a one-line summary of a body: of its first failed event, else of its first event, else its problem.

    The line may contain anything the sender wrote, and is at most 200 characters long. Raises UsageError for a body
    that is not bytes.

    >>> summarize(b'{"object": "page", "entry": []}')
    'no event in any entry'
    """
    unpacked = unpack(_raw(body))
    return unpacked.lead.summary if unpacked.lead else unpacked.problem or ""


def answer_handshake(query: Query, token: str) -> str:
    """Return the challenge of a verification request: answer with status 200 and this text as the whole body.

    Meta sends one as a GET before it accepts a callback URL (Meta, "Webhooks: Get started", section "Verification
    requests"). Raises HandshakeError, with the reason but without the right token, for a request to refuse: answer it
    with 403.

    >>> answer_handshake("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=blue", "blue")
    '1158201444'
    """
    verdict = handshake.judge(_parameters(query), token)
    if verdict.challenge is None:
        raise HandshakeError(
            f"the verification request is refused: {verdict.reason}",
            hint="answer it with 403, and compare the verify token with the one that was registered",
        )
    return verdict.challenge


def _parameters(query: Query) -> list[tuple[str, str]]:
    if isinstance(query, str):
        return query_parameters(query.removeprefix("?"))
    return list(query.items() if isinstance(query, Mapping) else query)


def _pairs(headers: Headers) -> list[tuple[bytes, bytes]]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(_bytes(name), _bytes(value)) for name, value in pairs]


def _bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8", "replace") if isinstance(text, str) else text


def _raw(body: object) -> bytes:
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    raise UsageError(
        f"the body is {type(body).__name__} instead of bytes",
        hint="give the raw bytes of the request: the signature covers only them",
    )


def _secret(text: str) -> str:
    return check_app_secret(text, "that was given").reveal()
