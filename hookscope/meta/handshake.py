"""The verification handshake: the `GET` that Meta sends to check that a callback URL is ours.

Source: Meta's guide "Webhooks: Get started", section "Verification requests". The order of the parameters and the
user agent are as seen in captures.
"""

import hmac
import secrets
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

from msgspec import Struct

from hookscope.meta.handshake_answer import judge_answer

USER_AGENT = "facebookplatform/1.0 (+http://developers.facebook.com)"
REQUEST_HEADERS = (("User-Agent", USER_AGENT), ("Accept", "*/*"), ("Accept-Encoding", "deflate, gzip"))
TIMEOUT_SECONDS = 6.0
"""Seconds that Meta waits for the answer, by one developer's report; not documented."""

_PARAMETERS = ("hub.mode", "hub.challenge", "hub.verify_token")


class HandshakeVerdict(Struct, frozen=True, kw_only=True):
    """The verdict on a verification request: accepted, or rejected with a reason."""

    accepted: bool
    reason: str | None = None
    challenge: str | None = None


def is_handshake(query: Sequence[tuple[str, str]]) -> bool:
    """Return whether a `GET` on the callback path claims to be a verification request."""
    return any(name.startswith(("hub.", "hub_")) for name, _ in query)


def judge(query: Sequence[tuple[str, str]], verify_token: str) -> HandshakeVerdict:
    """Judge a verification request by its decoded query parameters, in order.

    The reason never contains the expected token.
    """
    if not query:
        return _rejected("no query string: a browser visit, or something on the way strips it")
    values = dict(reversed(query))
    missing = [name for name in _PARAMETERS if not values.get(name)]
    if missing:
        if any(name.replace(".", "_") in values for name in missing):
            return _rejected("the parameter names came with underscores; something on the way rewrote the dots")
        return _rejected(f"{' and '.join(missing)} missing from the query")
    if values["hub.mode"] != "subscribe":
        return _rejected("hub.mode is not 'subscribe'")
    token = values["hub.verify_token"]
    if not _equal(token, verify_token):
        return _rejected(_describe_mismatch(token, verify_token))
    return HandshakeVerdict(accepted=True, challenge=values["hub.challenge"])


def random_challenge() -> str:
    """Return a challenge in the form of Meta's: ten digits."""
    return str(10**9 + secrets.randbelow(9 * 10**9))


def request_url(callback_url: str, *, challenge: str, verify_token: str) -> str:
    """Return the URL that Meta fetches: an existing query is kept and the three parameters are appended."""
    parts = urlsplit(callback_url)
    asked = urlencode(dict(zip(_PARAMETERS, ("subscribe", challenge, verify_token), strict=True)))
    return urlunsplit(parts._replace(query=f"{parts.query}&{asked}" if parts.query else asked))


def explain_answer(status: int, content_type: str, body: bytes, challenge: str) -> str | None:
    """Return why an answer to a verification request would not satisfy Meta, or None when it would."""
    fault = judge_answer(status, content_type, body, challenge)
    return fault.what if fault else None


def _rejected(reason: str) -> HandshakeVerdict:
    return HandshakeVerdict(accepted=False, reason=reason)


def _equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))


def _describe_mismatch(token: str, verify_token: str) -> str:
    def bare(text: str) -> str:
        return "".join(char for char in text if char.isalnum())

    if _equal(bare(token), bare(verify_token)):
        return "the verify token was altered on the way: only letters and digits arrive unchanged"
    if _equal(token.strip(), verify_token.strip()):
        return "the verify token has white space around it"
    return "the verify token is a different one; was it saved for another app or an earlier run?"
