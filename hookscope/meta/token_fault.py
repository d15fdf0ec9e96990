"""The meaning of errors of calls with a Page's or a user's token; `GraphFault` is for those with the app's own."""

from enum import StrEnum

from hookscope.meta.graph_error import GraphFault
from hookscope.secret_sources import PAGE_TOKEN, USER_TOKEN


class TokenKind(StrEnum):
    """The owner of the token."""

    APP = "app"
    PAGE = "page"
    USER = "user"


_NAMES = {TokenKind.PAGE: ("Page token", PAGE_TOKEN), TokenKind.USER: ("user token", USER_TOKEN)}


def explain(fault: GraphFault, kind: TokenKind) -> tuple[str, str]:
    """Return the cause and the next step."""
    meaning = fault.meaning
    if kind is TokenKind.APP or meaning.with_token is None:
        return meaning.cause, meaning.hint
    name, variable = _NAMES[kind]
    cause, hint = (text.format(name=name, variable=variable) for text in meaning.with_token)
    return cause, hint
