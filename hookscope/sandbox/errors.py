"""Errors of the Graph API: the envelope, and the texts that several edges share.

Sources: Meta's guide "Handling errors" for the envelope; the texts are those of recorded answers.
"""

from collections.abc import Collection, Iterable
from typing import Any

SUCCESS = {"success": True}
"""The other answer: what was asked for is done."""


class GraphApiError(Exception):
    """An error answer to a call. `status` is the HTTP status, `code` Meta's own."""

    def __init__(
        self,
        message: str,
        *,
        code: int,
        status: int = 400,
        kind: str = "OAuthException",
        subcode: int | None = None,
        transient: bool | None = None,
        user_title: str | None = None,
        user_message: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self._kind = kind
        self._optional = {
            "error_subcode": subcode,
            "is_transient": transient,
            "error_user_title": user_title,
            "error_user_msg": user_message,
        }

    def envelope(self, trace_id: str) -> dict[str, Any]:
        """Return the body of the answer."""
        error = {"message": self.message, "type": self._kind, "code": self.code}
        given = {key: value for key, value in self._optional.items() if value is not None}
        return {"error": {**error, **given, "fbtrace_id": trace_id}}

    @property
    def is_unknown_object(self) -> bool:
        """True if there is no such node, or the token does not see it."""
        return (self.code, self._optional["error_subcode"]) == (100, 33)

    @property
    def challenge(self) -> str:
        """The value of the `WWW-Authenticate` header that comes with it, fit for a header."""
        word = "invalid_token" if self.code == 190 else "unknown_error" if self.status >= 500 else "invalid_request"
        text = " ".join(self.message.replace("\\", "\\\\").replace('"', '\\"').split())
        return f'OAuth "Facebook Platform" "{word}" "{text.encode("ascii", "replace").decode()}"'


def missing_parameter(name: str) -> GraphApiError:
    """Return the error for a missing parameter."""
    return GraphApiError(f"(#100) The parameter {name} is required.", code=100)


def invalid_parameter() -> GraphApiError:
    """Return the error for an invalid parameter; Meta does not say which."""
    return GraphApiError("(#100) Invalid parameter", code=100)


def check_fields(parameter: str, names: Iterable[str], known: Collection[str] | None) -> None:
    """Raise Meta's error for the first unknown name; with None, any name is taken."""
    for number, name in enumerate(names):
        if known is not None and name not in known:
            choice = ", ".join(sorted(known))
            raise GraphApiError(f"(#100) Param {parameter}[{number}] must be one of {{{choice}}}", code=100)


def app_token_wanted() -> GraphApiError:
    """Return the error for a call with a user's or a Page's token instead of an app's."""
    return GraphApiError("(#15) This method must be called with an app access_token.", code=15)


def unknown_object(method: str, node: str) -> GraphApiError:
    """Return the error for a node that does not exist or that the token does not see."""
    return GraphApiError(
        f"Unsupported {method.lower()} request. Object with ID '{node}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api",
        code=100,
        subcode=33,
        kind="GraphMethodException",
    )


def unknown_path(path: str) -> GraphApiError:
    """Return the error for an edge or version that does not exist."""
    return GraphApiError(f"Unknown path components: {path}", code=2500)


def nonexisting_field(name: str, kind: str) -> GraphApiError:
    """Return the error for a field that a node's type does not have."""
    return GraphApiError(f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})", code=100)


def unknown_alias(node: str) -> GraphApiError:
    """Return the error for one missing node among several requested at once."""
    return GraphApiError(f"(#803) Some of the aliases you requested do not exist: {node}", code=803)


def too_many_ids(given: int, most: int) -> GraphApiError:
    """Return the error for too many nodes requested at once."""
    return GraphApiError(f"(#100) Too many IDs. Maximum: {most}. Provided: {given}.", code=100)


def too_many_items(most: int) -> GraphApiError:
    """Return the error for a batch with too many items."""
    message = f"Too many requests in batch message. Maximum batch size is {most}"
    return GraphApiError(message, code=-3, kind="GraphBatchException")
