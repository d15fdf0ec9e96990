"""A capture in the values that a store holds, for passing many from one store to another."""

from typing import NamedTuple


class PlainCapture(NamedTuple):
    """A request and its verdicts, in the order of the journal's columns, without the values that a journal adds.

    `received_at` is in milliseconds since 1970. `headers` is one `Name: value` a line, ended by CR LF, as raw bytes.
    `handshake` is 1 for an accepted one, 0 for a rejected one. Texts are as those of the enumerations in
    `hookscope.model.record`. To make the objects of a `Capture` takes twice as long as to store it.
    """

    kind: str
    source: str
    received_at: int
    method: str
    target: str
    remote: str
    headers: bytes
    reply_status: int | None
    reply_body: bytes
    reply_ms: float | None
    verdict: str
    algorithm: str | None
    signature_reason: str | None
    handshake: int | None
    handshake_reason: str | None
    flaw: str | None
    body: bytes
