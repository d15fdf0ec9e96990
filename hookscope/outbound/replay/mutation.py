"""Changes to a captured request before it is sent: other values, another signature, or deliberate faults."""

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.meta import wire
from hookscope.meta.overrides import Override, assign
from hookscope.meta.signature import (
    ALGORITHMS,
    Signature,
    SignatureVerdict,
    is_signed,
    judge,
    sign,
    sign_headers,
)
from hookscope.model.faults import Share
from hookscope.model.record import Capture, Headers, Kind
from hookscope.secret_sources import Secret

SecretOf = Callable[[Capture], Secret]
"""The app secret that a capture is signed with; raises UsageError when it is not known."""

_WRONG_SECRET = "not the app's secret"  # noqa: S105


class Mutation(Struct, frozen=True, kw_only=True):
    """The differences between the sent requests and the captured ones.

    `bodies` replace those of the captures with these numbers, then `assignments` are made, then the signature, then the
    faults: `truncate` is the share of the body that is kept. With `resign` unset, changed values are signed again and
    faults are not; True signs in any case, False keeps the old signature.
    """

    bodies: Mapping[int, bytes] = field(default_factory=dict)
    assignments: tuple[Override, ...] = ()
    resign: bool | None = None
    truncate: Share | None = None
    bad_signature: bool = False

    @property
    def is_none(self) -> bool:
        """True if everything is sent unchanged."""
        return self == _UNCHANGED

    @property
    def can_fail(self) -> bool:
        """True if there may be captures that cannot be changed this way."""
        return bool(self.resign or self.assignments or (self.bodies and self.resign is None))

    def apply(self, capture: Capture, secret_of: SecretOf) -> Capture:
        """Return the capture as it is to be sent, with the verdict that its signature deserves.

        Unchanged bytes keep their signature. Raises UsageError for a body that cannot be changed this way, and for a
        signature that is wanted and cannot be made.
        """
        if self.is_none:
            return capture
        original = capture.request.body
        wanted = self._changed(capture)
        body = wanted if self.truncate is None else wanted[: self.truncate.of(len(wanted))]
        headers, signature = capture.request.headers, capture.signature
        signed = body if self.resign else wanted
        is_signable = is_signed(headers) or capture.kind is Kind.NOTIFICATION
        if self.bad_signature and is_signable:
            headers = _signed(headers, signed, _WRONG_SECRET)
            signature = _invalid("made with another secret on purpose")
        elif (self.resign and is_signable) or (self.resign is None and wanted != original and is_signed(headers)):
            secret = secret_of(capture).reveal()
            headers = _signed(headers, signed, secret)
            signature = judge(headers, body, (secret,))
        elif body != original and is_signed(headers):
            signature = _invalid("the body was changed on purpose and not signed again")
        return replace(capture, request=replace(capture.request, body=body, headers=headers), signature=signature)

    def _changed(self, capture: Capture) -> bytes:
        body = self.bodies.get(capture.id, capture.request.body)
        if not self.assignments:
            return body
        try:
            payload = changed = wire.decode(body)
            for assignment in self.assignments:
                changed = assign(changed, assignment)
            written = wire.encode(changed)
            return body if written == wire.encode(payload) else written
        except (ValueError, RecursionError) as error:
            raise UsageError(
                f"#{capture.id} cannot be changed that way: {error}",
                done="nothing was sent",
                hint=f"`hookscope captures show {capture.id}` shows its payload; use --filter to leave captures "
                "out; with --add, --set may add a key",
            ) from error


_UNCHANGED = Mutation()


def is_made_by(capture: Capture, secret: Secret) -> bool:
    """Return whether a capture carries signatures and all of them were made with that secret."""
    headers = capture.request.headers
    return is_signed(headers) and _signed(headers, capture.request.body, secret.reveal()) == headers


def _signed(headers: Headers, body: bytes, secret: str) -> Headers:
    """Return the headers with new signatures in the old ones' places; with both added where there were none."""
    if not is_signed(headers):
        return (*headers, *((name.encode(), value.encode()) for name, value in sign_headers(body, secret)))
    return tuple(
        (name, sign(body, secret, algorithm).encode() if (algorithm := ALGORITHMS.get(name.lower())) else value)
        for name, value in headers
    )


def _invalid(reason: str) -> Signature:
    return Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256", reason=reason)
