"""Checks for secrets in the endpoint's answers."""

import base64
import hmac
from collections.abc import Iterator

from hookscope.diagnosis.endpoint.check import EndpointCheck, Subject, Verdict, failed, passed
from hookscope.diagnosis.endpoint.client import RoundTrip

_ALGORITHMS = ("sha256", "sha1")
_SHORTEST = 8
"""Shorter texts may stand in an answer by chance."""


async def _check_secrets(subject: Subject) -> Verdict:
    """Examine all answers so far; nothing more is sent."""
    for trip in subject.client.round_trips:
        text = _text(trip)
        for name, given_away in _secrets(subject, trip):
            if len(given_away) >= _SHORTEST and given_away.lower() in text:
                shown = f"{trip.request.method} answered {trip.status}"
                why = f"whoever sends such a request learns {name} and can impersonate Meta with it"
                return failed(
                    f"an answer reveals {name} ({shown})", why, "answer the bare status; write the rest to a log"
                )
    return passed("no answer reveals a secret")


def _secrets(subject: Subject, trip: RoundTrip) -> Iterator[tuple[str, bytes]]:
    """Yield the texts that an answer must not hold, with their names; those in the request itself are left out."""
    request = trip.request
    if subject.verify_token and subject.verify_token.encode() not in request.target.encode():
        yield "the verify token", subject.verify_token.encode()
    if subject.secret is None:
        return
    key = subject.secret.reveal().encode()
    yield "the app secret", key
    if request.method != "POST":
        return
    sent = b" ".join(value for _, value in request.headers).lower()
    for algorithm in _ALGORITHMS:
        digest = hmac.digest(key, request.body, algorithm)
        if digest.hex().encode() not in sent:
            yield "the right signature", digest.hex().encode()
            yield "the right signature, in base64", base64.b64encode(digest)


def _text(trip: RoundTrip) -> bytes:
    return b"\n".join((*(value for _, value in trip.headers), trip.body)).lower()


ANSWER_CHECKS = (EndpointCheck(id="answer.secrets", title="No secret and no signature in answers", run=_check_secrets),)
