"""The meaning of an error for a call with a Page's or a user's token: those of `GraphFault` are for the app's own.

Sources: Meta's guides "Access tokens" and "Handling errors"; recorded answers of a Page's `subscribed_apps`.
"""

from enum import StrEnum

from hookscope.meta.graph_error import GraphFault

_EXPLORER = "developers.facebook.com/tools/explorer"
_NOBODYS = 2500
"""`/me` was read with a token that stands for nobody; also a path that does not exist; see the message."""


class TokenKind(StrEnum):
    """The owner of the token."""

    APP = "app"
    PAGE = "page"
    USER = "user"


_NAMES = {TokenKind.PAGE: "Page token", TokenKind.USER: "user token"}
_VARIABLES = {TokenKind.PAGE: "HOOKSCOPE_PAGE_TOKEN", TokenKind.USER: "HOOKSCOPE_USER_TOKEN"}


def explain(fault: GraphFault, kind: TokenKind) -> tuple[str, str]:
    """Return the cause and the next step, in words."""
    if (fault.code, fault.subcode) == (100, 33):
        needed = "the token of a system user for a WhatsApp account (HOOKSCOPE_USER_TOKEN), the Page's own for a Page"
        return "the id does not exist, or this token may not see it", f"check the id, and the token: {needed}"
    if kind is TokenKind.APP or not fault.enveloped or fault.is_handshake:
        return fault.cause, fault.hint
    name, variable = _NAMES[kind], _VARIABLES[kind]
    renewed = f"get a new {name} at {_EXPLORER} and set {variable}"
    if fault.code == 190:
        return fault.token_cause or f"the {name} is expired, revoked, or not a token of this app", renewed
    if fault.is_proof_fault:
        return f"the {name} is another app's, or the app secret is", f"generate the {name} for this app at {_EXPLORER}"
    if fault.code == _NOBODYS and "access token" in fault.message:
        told = "`hookscope doctor` names the kind of each token"
        return f"the token given as the {name} is not one of a user or a Page", f"{renewed}; {told}"
    if fault.code == 210:
        return (
            "this call requires the Page's own token",
            f"set {_VARIABLES[TokenKind.PAGE]} to the token of that Page, or {_VARIABLES[TokenKind.USER]} to that of "
            "a user who runs it",
        )
    if fault.code == 10 or 200 <= fault.code <= 299:
        return (
            f"the {name} lacks a permission, or its user the role on that Page",
            f"add the permission named in the message to the {name} at {_EXPLORER} (pages_manage_metadata to install "
            "the app, pages_messaging for messages, leads_retrieval for leads), and set it again",
        )
    return fault.cause, "see the message for the parameter" if fault.code == 100 else fault.hint
