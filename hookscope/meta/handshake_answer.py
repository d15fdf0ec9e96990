"""The answer to Meta's verification request, judged: Meta wants status 200 and the bare challenge as the whole body.

Sources: Meta's guide "Webhooks: Get started", section "Verification requests", for the rule; issue threads of bots and
frameworks for the wrong forms. Nothing documented says whether Meta trims white space or takes 201 and 204.
"""

import json

from msgspec import Struct

_JSON_HINT = "answer the bare value as text/plain, without the framework's JSON encoding"
_BARE = "answer status 200 with the bare value of hub.challenge as text/plain"
_LOGIN = "refused; the verify token differs, or a login or firewall is in front"
_DOWN = "the app behind the address is down or failing"
_GATEWAY = ("status.gateway", _DOWN, "start the app, and check the port that the gateway or tunnel sends to")

_STATUSES = {
    401: (
        "status.login",
        _LOGIN,
        "exempt the callback path from the login, and compare the verify tokens on both sides",
    ),
    403: ("status.refused", _LOGIN, "compare the verify tokens on both sides, then the firewall's rules"),
    404: ("status.not-found", "nothing answers at that path", "register the whole URL, with the path of the handler"),
    405: (
        "status.method",
        "the path exists but does not accept GET",
        "add a route for GET on the same path, next to the one for POST",
    ),
    429: (
        "status.rate-limit",
        "too many requests for that host",
        "wait, and raise the limit of the host, the firewall, or the tunnel for the callback path",
    ),
    502: _GATEWAY,
    503: _GATEWAY,
    504: _GATEWAY,
}
"""The faults of single statuses, each with its id and its remedy."""


_BODIES = {
    "answer.empty": (
        "an empty body with 200; the handler returned nothing, or did not read hub.challenge",
        "return the value of hub.challenge; PHP names it hub_challenge",
    ),
    "answer.json-quotes": ("the challenge came in JSON quotes; answer it as text/plain", _JSON_HINT),
    "answer.twice": (
        "the challenge came twice; both the handler and the framework write the body",
        "either write the body or return it, not both",
    ),
    "answer.white-space": (
        "white space around the challenge; whether Meta trims it is not documented",
        "end the body with the last digit: no newline, no space, nothing before <?php",
    ),
    "answer.byte-order-mark": (
        "a byte order mark before the challenge; the source file is saved with one",
        "save the source files as UTF-8 without a byte order mark",
    ),
    "answer.more-than-challenge": (
        "the challenge came with other text around it; the body with 200 is not the challenge alone",
        "print nothing else: no template, no log line, no language warning",
    ),
    "answer.html": (
        "an HTML page came with 200: a login, the tunnel's browser warning page, or another site",
        "open the URL in a private window to see the page; register the path of the handler, and exempt it from "
        "any login",
    ),
    "answer.json": ("JSON came instead of the bare challenge, which is one of its values", _JSON_HINT),
    "answer.ok": (
        "the body is OK, not the challenge; some handlers answer that to a wrong verify token, or to any request",
        "compare the verify tokens on both sides; answer 403 to a wrong one",
    ),
    "answer.wrong": ("the body with 200 is not the challenge", _BARE),
}
"""The faults of bodies, each with its remedy."""


class AnswerFault(Struct, frozen=True, kw_only=True):
    """A fault of an answer: its id, such as `answer.html`, and in words the fault and its remedy."""

    id: str
    what: str
    next_step: str


def judge_answer(status: int, content_type: str, body: bytes, challenge: str) -> AnswerFault | None:
    """Return the fault of an answer to a verification request, or None when Meta would take it.

    >>> judge_answer(200, "text/plain", b"1158201444", "1158201444") is None
    True
    >>> judge_answer(200, "application/json", b'"1158201444"', "1158201444").id
    'answer.json-quotes'
    """
    if status != 200:
        return _judge_status(status)
    if body == challenge.encode():
        return None
    name = _name_body_fault(content_type, body.strip(), challenge)
    what, step = _BODIES[name]
    return AnswerFault(id=name, what=what, next_step=step)


def _judge_status(status: int) -> AnswerFault:
    if status in _STATUSES:
        name, what, step = _STATUSES[status]
        what = f"HTTP {status}: {what}"
    elif 200 < status < 300:
        name, what, step = "status.not-200", f"HTTP {status} instead of 200; only 200 is documented", _BARE
    elif 300 <= status < 400:
        name, what = "status.redirect", f"it redirects (HTTP {status}); register the final URL"
        step = "register the URL that answers without a redirect"
    elif status >= 500:
        name, what, step = "status.server-error", f"HTTP {status}: {_DOWN}", "see the app's log for the exception"
    else:
        name, what, step = "status.other", f"HTTP {status} instead of 200", _BARE
    return AnswerFault(id=name, what=what, next_step=step)


def _name_body_fault(content_type: str, text: bytes, challenge: str) -> str:
    """Return the id of the fault of a body that is not the challenge alone; `text` is without white space around."""
    wanted = challenge.encode()
    checks = (
        (not text, "answer.empty"),
        (text == b'"' + wanted + b'"', "answer.json-quotes"),
        (text == wanted * 2, "answer.twice"),
        (text == wanted, "answer.white-space"),
        (text.removeprefix(b"\xef\xbb\xbf").strip() == wanted, "answer.byte-order-mark"),
        (text.startswith(wanted) or text.endswith(wanted), "answer.more-than-challenge"),
        ("html" in content_type.lower() or text[:1] == b"<", "answer.html"),
        (_holds(text, challenge), "answer.json"),
        (text.upper() in (b"OK", b'"OK"'), "answer.ok"),
    )
    return next((name for applies, name in checks if applies), "answer.wrong")


def _holds(text: bytes, challenge: str) -> bool:
    """Return whether the text is a JSON object or list with the challenge as one of its values."""
    if text[:1] not in (b"{", b"["):
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    values = value.values() if isinstance(value, dict) else value
    return challenge in map(str, values)
