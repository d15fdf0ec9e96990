"""The verification requests that arrive, kept to explain a registration that Meta refuses."""

from collections import deque
from collections.abc import Awaitable, Callable

from hookscope.errors import HookscopeError
from hookscope.graph.caller import FailedCallError
from hookscope.graph.transport import TransportFailure
from hookscope.model.record import Capture, Kind

_MOST = 100


class HandshakeWatch:
    """Keeps the latest requests that may be handshakes, also those to a wrong path; `observe` takes every capture."""

    def __init__(self) -> None:
        self._latest: deque[Capture] = deque(maxlen=_MOST)

    def observe(self, capture: Capture) -> None:
        """Keep a capture that is not a notification; verification requests have no bodies, which could be large."""
        if capture.kind is not Kind.NOTIFICATION and not capture.request.body:
            self._latest.append(capture)

    async def register(self, callback_url: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work, which registers a callback; its error is given the cause, the next step, and a timeline."""
        try:
            await work()
        except HookscopeError as error:
            self._explain(error, callback_url)
            raise

    def _explain(self, error: HookscopeError, callback_url: str) -> None:
        failed = error.__cause__
        if not isinstance(failed, FailedCallError):
            return
        # Imported late: most runs are never refused.
        from hookscope.diagnosis.handshake import explain_refusal, find_handshake, is_verification
        from hookscope.views.handshake_timeline import handshake_timeline

        arrivals = [one for one in self._latest if one.received_at >= failed.began and is_verification(one)]
        trouble = failed.trouble
        if isinstance(trouble, TransportFailure):
            if not trouble.sent:
                return
            reply = f"no answer: {trouble.reason}"
        elif not trouble.is_handshake:
            return
        else:
            finding = explain_refusal(trouble, find_handshake(arrivals))
            error.message = f"{failed.doing} failed: {finding.what}; {finding.why}. The answer was: {trouble}"
            error.hint = finding.next_step
            reply = f"HTTP {trouble.status}, error {trouble.code}"
        error.details = handshake_timeline(
            callback_url, began=failed.began, arrivals=arrivals, ended=failed.ended, reply=reply
        )
