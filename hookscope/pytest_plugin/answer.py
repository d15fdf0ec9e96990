"""An app's answer, for assertions in tests."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from hookscope.diagnosis.endpoint.client import RoundTrip
from hookscope.hidden_fields import HidesFields
from hookscope.model.record import Request


class WebhookAnswer(HidesFields, frozen=True, kw_only=True, dict=True):
    """An app's answer. `problem` says why Meta would not accept it, None when it would.

    The names in `headers` are lowercase; values of repeated ones are joined with commas. `request` is the request that
    was sent, and `attempts` are the answers to all attempts, this one last.
    """

    hidden: ClassVar = ("request", "attempts")
    """They hold the right signature."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: float
    request: Request
    problem: str | None = None
    attempts: "tuple[WebhookAnswer, ...]" = ()

    @property
    def accepted(self) -> bool:
        """True if Meta would accept it: 2xx for a notification, the bare challenge for a handshake."""
        return self.problem is None

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body as JSON. Raises ValueError."""
        return json.loads(self.body)


def answer_of(trip: RoundTrip, status: int, problem: str | None) -> WebhookAnswer:
    """Return the answer of a round trip; `problem` says why Meta would not accept it."""
    headers: dict[str, str] = {}
    for name, value in trip.headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return WebhookAnswer(
        status=status,
        headers=headers,
        body=trip.body,
        elapsed_ms=trip.elapsed_ms,
        request=trip.request,
        problem=problem,
    )
