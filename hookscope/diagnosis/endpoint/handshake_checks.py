"""Checks of the verification handshake. Source: Meta's guide "Webhooks: Get started", "Verification requests"."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit, urlunsplit

from hookscope.diagnosis.endpoint.check import EndpointCheck, Need, Subject, Verdict, failed, passed, warned
from hookscope.diagnosis.endpoint.client import RoundTrip
from hookscope.diagnosis.intermediaries import explain_blank
from hookscope.meta import handshake
from hookscope.meta.handshake_answer import judge_answer

_REFUSED = "Meta reports (#2200) or (#2201) and does not save the callback URL"
_OPEN = "anybody can register your endpoint for their own app"
_PLAIN = "answer 200 with the value of hub.challenge as the whole body, as text/plain"
_COMPARE = "compare hub.verify_token with your own token, and answer 403 when it differs"
_RIGHT = "handshake.challenge"
_WRONG = "handshake.wrong-token"
_REPEATED = "handshake.repeated"


async def _check_challenge(subject: Subject) -> Verdict:
    challenge = _challenge(10)
    found = await _ask(subject, challenge)
    if fault := _fault(found, challenge):
        return failed(f"the right verify token is not answered correctly: {fault[0]}", _REFUSED, fault[1])
    return passed("the right token gets the bare challenge")


async def _check_content_type(subject: Subject) -> Verdict:
    """Examine the challenge that was answered; nothing more is sent."""
    found = next(trip for trip in reversed(subject.client.round_trips) if trip.status == 200)
    given = found.header("Content-Type").partition(";")[0].strip().lower()
    if given in ("text/plain", ""):
        return passed("the challenge is text/plain")
    return warned(
        f"the challenge is {given[:60]}",
        "Meta compares the body; a framework that writes HTML or JSON may one day put quotes or markup around it",
        "set Content-Type: text/plain",
    )


async def _check_wrong_token(subject: Subject) -> Verdict:
    for token, case in _wrong_tokens(subject.verify_token):
        challenge = _challenge(9)
        found = await _ask(subject, challenge, token=token)
        if challenge.encode() in found.body and found.is_accepted:
            return failed(f"{case} is answered with the challenge", _OPEN, _COMPARE)
        if found.status is None:
            why = "Meta reports (#2200) with an error of the connection, which hides that the tokens differ"
            return warned(f"{case}: {found.summary}", why, "answer 403")
        if found.status >= 500:
            return failed(f"{case}: {found.summary}", "a request that anybody can send makes your app fail", _COMPARE)
        if found.is_accepted:
            return warned(
                f"{case} is answered with {found.status}, without the challenge",
                "Meta reports (#2201) instead of (#2200), which hides that the tokens differ",
                "answer 403",
            )
    return passed("wrong verify tokens are refused")


def _wrong_tokens(token: str | None) -> Iterator[tuple[str, str]]:
    yield secrets.token_hex(12), "a wrong verify token"
    if token:
        yield token[:-1], "the beginning of the verify token"
        yield f"{token}x", "a verify token with more at its end"
        if token.swapcase() != token:
            yield token.swapcase(), "the verify token in other letter case"


async def _check_missing_parameters(subject: Subject) -> Verdict:
    challenge = _challenge(9)
    queries: tuple[tuple[str, dict[str, str]], ...] = (
        ("no query", {}),
        ("an empty token", {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": ""}),
        ("no hub.verify_token", {"hub.mode": "subscribe", "hub.challenge": challenge}),
        ("no hub.challenge", {"hub.mode": "subscribe", "hub.verify_token": secrets.token_hex(12)}),
        ("no hub.mode and no token", {"hub.challenge": challenge}),
    )
    for case, query in queries:
        found = await subject.client.get(_with_query(subject.client.url, urlencode(query)))
        if found.is_accepted and challenge.encode() in found.body:
            return failed(f"{case}: answered with the challenge", _OPEN, _COMPARE)
        why, next_step = "browsers, scanners, and monitors send such requests", "answer 403 or 400"
        if found.status is None:
            return warned(f"{case}: {found.summary}", why, next_step)
        if found.status >= 500:
            return failed(f"{case}: {found.summary}", f"{why}; each makes your app fail", next_step)
    return passed("without the parameters it refuses")


async def _check_mode(subject: Subject) -> Verdict:
    challenge = _challenge(9)
    query = {"hub.mode": "unsubscribe", "hub.challenge": challenge, "hub.verify_token": _token(subject)}
    found = await subject.client.get(_with_query(subject.client.url, urlencode(query)))
    if found.is_accepted and challenge.encode() in found.body:
        return warned("hub.mode is not checked", "Meta sends only 'subscribe'", "require hub.mode=subscribe")
    return passed("only hub.mode=subscribe is answered")


async def _check_extra_query(subject: Subject) -> Verdict:
    challenge = _challenge(8)
    url = _with_query(subject.client.url, "source=meta&hub.other=1")
    found = await _ask(subject, challenge, url=url)
    if fault := _fault(found, challenge):
        why = f"a callback URL may have its own query, which Meta keeps; {_REFUSED}"
        return failed(f"further parameters in the query: {fault[0]}", why, "ignore parameters that you do not know")
    return passed("further parameters are ignored")


async def _check_repeated(subject: Subject) -> Verdict:
    for digits in (7, 10, 9):
        challenge = _challenge(digits)
        found = await _ask(subject, challenge)
        if fault := _fault(found, challenge):
            why = f"each handshake has its own challenge, of 7 to 10 digits; {_REFUSED}"
            next_step = "keep caches away from the path (Cache-Control: no-store), and answer the text as it came"
            return failed(f"a repeated handshake is not answered: {fault[0]}", why, next_step)
    return passed("each handshake gets its own challenge")


async def _ask(subject: Subject, challenge: str, *, token: str | None = None, url: str | None = None) -> RoundTrip:
    wanted = _token(subject) if token is None else token
    url = handshake.request_url(url or subject.client.url, challenge=challenge, verify_token=wanted)
    return await subject.client.get(url)


def _fault(found: RoundTrip, challenge: str) -> tuple[str, str] | None:
    """Return what is wrong with an answer, and how to fix it; None for a right one."""
    if found.status is None:
        return found.summary, _PLAIN
    fault = judge_answer(found.status, found.header("Content-Type"), found.body, challenge)
    blank = explain_blank(found.header("Server")) if fault and fault.id == "answer.empty" else None
    if blank and blank.next_step:
        return f"{blank.what}; {blank.why}", blank.next_step
    return (fault.what, fault.next_step) if fault else None


def _token(subject: Subject) -> str:
    return subject.verify_token or secrets.token_hex(12)


def _challenge(digits: int) -> str:
    """Return a new challenge; one of ten digits is beyond 32 bits."""
    return f"{5 + secrets.randbelow(5)}{secrets.randbelow(10 ** (digits - 1)):0{digits - 1}}"


def _with_query(url: str, query: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query)))))


HANDSHAKE_CHECKS = (
    EndpointCheck(id=_RIGHT, title="The bare challenge for the right token", run=_check_challenge, needs=(Need.TOKEN,)),
    EndpointCheck(
        id="handshake.content-type",
        title="The challenge as text/plain",
        run=_check_content_type,
        needs=(Need.TOKEN,),
        after=(_RIGHT,),
    ),
    EndpointCheck(
        id=_REPEATED,
        title="A challenge of its own for each handshake",
        run=_check_repeated,
        needs=(Need.TOKEN,),
        after=(_RIGHT,),
    ),
    EndpointCheck(id=_WRONG, title="No challenge for a wrong token", run=_check_wrong_token),
    EndpointCheck(
        id="handshake.missing-parameters",
        title="No challenge without parameters",
        run=_check_missing_parameters,
        after=(_WRONG,),
    ),
    EndpointCheck(
        id="handshake.mode",
        title="Only hub.mode=subscribe",
        run=_check_mode,
        needs=(Need.TOKEN,),
        after=(_RIGHT, _REPEATED),
    ),
    EndpointCheck(
        id="handshake.extra-query",
        title="Further parameters in the query",
        run=_check_extra_query,
        needs=(Need.TOKEN,),
        after=(_RIGHT, _REPEATED),
    ),
)
