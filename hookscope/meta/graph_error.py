"""The Graph API's error envelope, decoded into a cause and a next step.

Sources: Meta's guides "Handling errors" and "Rate limits" for the codes; recorded answers for the verification texts
(2200: the callback could not be fetched or did not answer 200; 2201: it answered 200 with another body).
"""

import json
from dataclasses import dataclass
from typing import Any

from hookscope.meta.verification_failure import read_verification_failure

_BUSY = frozenset((4, 17, 32, 341, 613))
_TRANSIENT = frozenset((1, 2))
_FIELD_PERMISSIONS = 1929002

_TOKEN_SUBCODES = {
    458: "the app is not installed for that user",
    459: "the user must pass a checkpoint",
    460: "the password was changed",
    463: "the token has expired",
    464: "the user is unconfirmed",
    467: "the token is no longer valid",
    492: "the user has no role on that Page",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphFault:
    """An error answer of the Graph API. `status` is the HTTP status.

    `enveloped` is false when there was no envelope, and `code` is then 0: something in between answered, usually a
    proxy.
    """

    status: int
    message: str
    type: str = ""
    code: int = 0
    subcode: int = 0
    is_transient: bool = False
    user_title: str = ""
    user_message: str = ""
    trace_id: str = ""
    enveloped: bool = True

    @property
    def is_handshake(self) -> bool:
        """True if the callback failed Meta's verification."""
        return self.code in (2200, 2201)

    @property
    def is_rate_limit(self) -> bool:
        """True if the caller must wait before the next call."""
        return self.code in _BUSY

    @property
    def is_proof_fault(self) -> bool:
        """True if the `appsecret_proof` was refused, which Meta reports as a wrong parameter, not as a wrong token."""
        return self.code == 100 and "appsecret_proof" in self.message

    @property
    def is_field_permission(self) -> bool:
        """True if the app may not have one of the fields."""
        return self.subcode == _FIELD_PERMISSIONS

    @property
    def worth_retrying(self) -> bool:
        """True if the same call may succeed a little later. Never true for a failed verification: Meta locks out
        repeats.
        """
        if self.is_handshake or self.is_field_permission:
            return False
        if not self.enveloped:
            return self.status >= 500 or self.status == 200
        return self.is_transient or self.status >= 500 or self.code in _TRANSIENT or self.code in _BUSY

    @property
    def is_outage(self) -> bool:
        """True if Meta's side failed rather than refused: codes 1 and 2, and HTTP 5xx."""
        return self.worth_retrying and (self.code in _TRANSIENT or self.status >= 500)

    @property
    def leaves_doubt(self) -> bool:
        """True if the call may have been carried out anyway: its answer is missing or not the Graph API's."""
        return not self.enveloped and (self.status >= 500 or self.status == 200)

    @property
    def token_cause(self) -> str | None:
        """The reason why an access token is not valid anymore, if the answer says it."""
        return _TOKEN_SUBCODES.get(self.subcode)

    @property
    def cause(self) -> str:
        """The meaning of the answer, in words."""
        if not self.enveloped:
            return "the answer does not come from the Graph API but from a proxy, a gateway, or another server"
        if self.is_handshake:
            return read_verification_failure(self.message).cause
        if self.is_field_permission:
            return "one of the fields needs a permission or feature that the app does not have"
        if self.code == 190:
            return self.token_cause or "the access token is not valid: the app secret is old or belongs to another app"
        if self.is_proof_fault:
            return "the app secret does not belong to that app"
        if self.code in _CAUSES:
            return _CAUSES[self.code][0]
        if self.code == 10 or 200 <= self.code <= 299:
            return "a permission is missing or was removed"
        return self.user_message or f"HTTP {self.status}"

    @property
    def hint(self) -> str:
        """The next step, in words."""
        if not self.enveloped:
            return "try again in a minute; if that does not help, check --graph-url and the proxy settings"
        if self.is_handshake:
            return "open the callback URL from another network; wait before trying again: Meta locks out repeats"
        if self.is_field_permission:
            return "ask for fewer fields with --fields, or get the permission in the App Dashboard"
        if self.code == 10 or 200 <= self.code <= 299:
            return "grant the permission named in the message in the App Dashboard"
        if self.is_proof_fault:
            return _CAUSES[190][1]
        return _CAUSES.get(self.code, ("", "see the message; the trace id helps Meta's support"))[1]

    def __str__(self) -> str:
        shown = self.message or f"HTTP {self.status}"
        return f"{shown} (trace {self.trace_id})" if self.trace_id else shown


_CAUSES = {
    1: ("an unknown error on Meta's side", "try again in a minute"),
    2: ("one of Meta's services is temporarily down", "try again in a minute"),
    3: ("the app has no access to this method", "check the app's products in the App Dashboard"),
    4: ("the app's rate limit is reached", "wait; the limit counts a rolling hour"),
    15: ("this call needs the app's own token", "use the app id and app secret, not a user or page token"),
    17: ("the user's rate limit is reached", "wait; the limit counts a rolling hour"),
    32: ("the Page's rate limit is reached", "wait; the limit counts a rolling hour"),
    100: ("a parameter is not valid", "check the object, the fields, and the callback URL"),
    101: ("the app id is not known", "check --app-id; an Instagram app id does not work here"),
    102: ("the session has ended", "get a new token"),
    190: ("", "copy the app secret again: App Dashboard > App settings > Basic"),
    341: ("the app's limit is reached", "wait; the limit counts a rolling hour"),
    368: ("blocked for a policy violation", "wait, and check the alerts in the App Dashboard"),
    613: ("too many calls", "wait before you try again"),
    803: ("that id does not exist", "ids in dashboard tests are made up"),
    2500: ("unknown path", "check --graph-url and --graph-version"),
}


def read_fault(status: int, body: bytes) -> GraphFault | None:
    """Return the error in an answer, or None when the call succeeded.

    A 200 may still carry an error, and a proxy's 502 carries no envelope at all.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        return GraphFault(
            status=status,
            message=_text(error, "message"),
            type=_text(error, "type"),
            code=_number(error, "code"),
            subcode=_number(error, "error_subcode"),
            is_transient=error.get("is_transient") is True,
            user_title=_text(error, "error_user_title"),
            user_message=_text(error, "error_user_msg"),
            trace_id=_text(error, "fbtrace_id"),
        )
    if status == 200 and answer is not None and not error:
        return None
    start = " ".join(body[:120].decode("utf-8", "replace").split())
    message = f"HTTP {status}" + (f": {start}" if start else " with an empty body")
    return GraphFault(status=status, message=message, enveloped=False)


def _text(error: dict[str, Any], key: str) -> str:
    value = error.get(key)
    return value if isinstance(value, str) else ""


def _number(error: dict[str, Any], key: str) -> int:
    value = error.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
