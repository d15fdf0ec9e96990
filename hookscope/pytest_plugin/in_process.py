"""The common parts of ASGI and WSGI: an app called in this process, without a server."""

import time

from msgspec import Struct, field

from hookscope.diagnosis.endpoint.client import RoundTrip
from hookscope.model.record import Request

HOST = "testserver"
"""The host that frameworks allow in tests."""


class AppRaisedError(Exception):
    """The app raised its `__cause__`, or violated its interface. A server would have answered `trip`."""

    def __init__(self, message: str, trip: RoundTrip) -> None:
        super().__init__(message)
        self.trip = trip


class Answering(Struct):
    """The answer to a request, part by part."""

    request: Request
    began: float = field(default_factory=time.perf_counter)
    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    elapsed_ms: float | None = None

    def end(self) -> None:
        """Note that the answer is complete."""
        self.elapsed_ms = (time.perf_counter() - self.began) * 1000

    def trip(self) -> RoundTrip:
        """Return the round trip. Raises AppRaisedError without an answer."""
        if self.elapsed_ms is None:
            self.end()
        if self.status is None:
            raise self.raised("it returned without a response")
        return self._with_status(self.status)

    def raised(self, reason: str) -> AppRaisedError:
        """Return the error of an app that failed; it keeps the answer that was already sent."""
        self.end()
        return AppRaisedError(reason, self._with_status(500 if self.status is None else self.status))

    def _with_status(self, status: int) -> RoundTrip:
        return RoundTrip(
            request=self.request,
            status=status,
            headers=tuple(self.headers),
            body=bytes(self.body),
            elapsed_ms=self.elapsed_ms or 0.0,
        )


def describe(error: BaseException) -> str:
    """Return an exception in the form of a traceback's last line."""
    text = str(error)
    return f"it raised {type(error).__name__}" + (f": {text}" if text else "")
