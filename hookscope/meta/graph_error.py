"""The Graph API's error envelope, decoded into a cause and a next step.

Sources: Meta's guide "Handling errors" for the envelope; recorded answers for the verification texts (2200: the
callback could not be fetched or did not answer 200; 2201: it answered 200 with another body).
"""

import json
import re
from typing import Any

from msgspec import Struct

from hookscope.meta.graph_codes import (
    BUSY,
    FIELD_PERMISSION,
    NOBODYS_TOKEN,
    NOT_META,
    PROOF,
    TRANSIENT,
    Meaning,
    find_meaning,
    unknown_name,
)
from hookscope.meta.verification_failure import read_verification_failure

_FIELD_PERMISSIONS = 1929002
_HANDSHAKE_HINT = "open the callback URL from another network; wait before trying again: Meta locks out repeats"
_PARAMETER = 100
_UNKNOWN_PATH = 2500
_ENUMERATION = re.compile(r"(?P<lead>Param (?P<parameter>\w+)(?:\[\d+\])? must be one of )\{(?P<names>[^}]*)\}")
_MOST_NAMES = 12
_DIGITS = re.compile(r"[0-9]{1,9}")


class GraphFault(Struct, frozen=True, kw_only=True):
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
        return self.code in BUSY

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
        """True if the same call may succeed a little later.

        Never true for a failed verification: Meta locks out repeats.
        """
        if self.is_handshake or self.is_field_permission:
            return False
        if not self.enveloped:
            return self.status >= 500 or self.status == 200
        return self.is_transient or self.status >= 500 or self.code in TRANSIENT or self.code in BUSY

    @property
    def is_outage(self) -> bool:
        """True if Meta's side failed rather than refused: codes 1 and 2, and HTTP 5xx."""
        return self.worth_retrying and (self.code in TRANSIENT or self.status >= 500)

    @property
    def leaves_doubt(self) -> bool:
        """True if the call may have been carried out anyway: its answer is missing or not the Graph API's."""
        return not self.enveloped and (self.status >= 500 or self.status == 200)

    @property
    def meaning(self) -> Meaning:
        """The error's name in findings, its cause, and the next step."""
        if not self.enveloped:
            return NOT_META
        if self.is_handshake:
            return Meaning("graph.handshake", read_verification_failure(self.message).cause, _HANDSHAKE_HINT)
        if self.is_field_permission:
            return FIELD_PERMISSION
        if self.is_proof_fault:
            return PROOF
        if self.code == _UNKNOWN_PATH and "access token" in self.message:
            return NOBODYS_TOKEN
        if self.code == _PARAMETER and (found := _ENUMERATION.search(self.message)):
            return unknown_name(found["parameter"])
        return find_meaning(self.code, self.subcode) or self._unknown_code()

    @property
    def cause(self) -> str:
        """The meaning of the answer, in words."""
        return self.meaning.cause

    @property
    def hint(self) -> str:
        """The next step, in words."""
        return self.meaning.hint

    def _unknown_code(self) -> Meaning:
        name = "graph.outage" if self.is_outage else "graph.refused"
        return Meaning(
            name, self.user_message or f"HTTP {self.status}", "see the message; the trace id helps Meta's support"
        )

    def __str__(self) -> str:
        shown = _ENUMERATION.sub(_shorten, self.message) or f"HTTP {self.status}"
        return f"{shown} (trace {self.trace_id})" if self.trace_id else shown


def _shorten(enumeration: re.Match[str]) -> str:
    """Shorten a list of all possible names, which may be a hundred, to the first ones and their number."""
    names = enumeration["names"].split(", ")
    if len(names) <= _MOST_NAMES:
        return enumeration[0]
    first = ", ".join(names[: _MOST_NAMES // 2])
    return f"{enumeration['lead']}{{{first}, … {len(names)} in all}}"


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
            is_transient=error.get("is_transient") in (True, "true"),
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
    """Return a text in one line: Meta gives each missing permission a line of its own."""
    value = error.get(key)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _number(error: dict[str, Any], key: str) -> int:
    value = error.get(key)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
