"""The error codes of the Graph API: the name of each in findings, the cause, and the next step.

Sources: Meta's guides "Handling errors", "Rate limits" and "Access tokens"; recorded answers of an app's
`subscriptions` and a Page's `subscribed_apps`.
"""

from msgspec import Struct

from hookscope.secret_sources import PAGE_TOKEN, USER_TOKEN

EXPLORER = "developers.facebook.com/tools/explorer"
"""Meta's tool that makes user and Page tokens."""


class Meaning(Struct, frozen=True):
    """An error, by its `id` in findings, with its cause and the next step.

    `with_token` holds both for calls with a Page's or a user's token, where they differ; `{name}` stands for the token
    and `{variable}` for the environment variable that sets it.
    """

    id: str
    cause: str
    hint: str
    with_token: tuple[str, str] | None = None


_BUSINESS_LIMITS = range(80000, 80015)
"""The limits of a business's assets in one product each, such as Pages (80001) or WhatsApp (80008)."""

BUSY = frozenset((4, 17, 32, 341, 613, *_BUSINESS_LIMITS))
"""Rate limits."""

TRANSIENT = frozenset((1, 2))
"""Meta's side failed."""

_WAIT = "wait; the limit counts a rolling hour"
_SECRET_AGAIN = "copy the app secret again: App Dashboard > App settings > Basic"  # noqa: S105
_RENEW = f"get a new {{name}} at {EXPLORER} and set {{variable}}"


def _limit(cause: str, hint: str = _WAIT) -> Meaning:
    return Meaning("graph.rate-limit", cause, hint)


def _token(name: str, cause: str) -> Meaning:
    return Meaning(f"graph.token-{name}", cause, _SECRET_AGAIN, (cause, _RENEW))


NOT_META = Meaning(
    "graph.not-meta",
    "the answer does not come from the Graph API but from a proxy, a gateway, or another server",
    "try again in a minute; if that does not help, check --graph-url and the proxy settings",
)
FIELD_PERMISSION = Meaning(
    "graph.field-permission",
    "one of the fields needs a permission or feature that the app does not have",
    "ask for fewer fields with --fields, or get the permission in the App Dashboard",
)
PROOF = Meaning(
    "graph.proof-refused",
    "the app secret does not belong to that app",
    _SECRET_AGAIN,
    ("the {name} is another app's, or the app secret is", f"generate the {{name}} for this app at {EXPLORER}"),
)
NOBODYS_TOKEN = Meaning(
    "graph.token-nobodys",
    "this call needs a token that stands for a user or a Page",
    f"set {PAGE_TOKEN} or {USER_TOKEN}",
    (
        "the token given as the {name} is not one of a user or a Page",
        f"{_RENEW}; `hookscope doctor` names the kind of each token",
    ),
)
"""The code of an unknown path, when it is about a token: `/me` was read with a token of neither a user nor a Page."""

_PERMISSION = Meaning(
    "graph.permission",
    "a permission is missing or was removed",
    "grant the permission named in the message in the App Dashboard",
    (
        "the {name} lacks a permission, or its user lacks a role on that Page",
        f"add the permission named in the message to the {{name}} at {EXPLORER} (pages_manage_metadata to install "
        "the app, pages_messaging for messages, leads_retrieval for leads), and set it again",
    ),
)
_SUBCODES = {
    (100, 33): Meaning(
        "graph.not-visible",
        "the id does not exist, or is not visible to this token",
        f"check the id, and the token: the token of a system user for a WhatsApp account ({USER_TOKEN}), the Page's "
        "own for a Page",
    ),
    (190, 458): _token("app-removed", "the app is not installed for that user"),
    (190, 459): _token("checkpoint", "the user must pass a checkpoint"),
    (190, 460): _token("password-changed", "the password was changed"),
    (190, 463): _token("expired", "the token has expired"),
    (190, 464): _token("unconfirmed", "the user is unconfirmed"),
    (190, 467): _token("invalid", "the token is no longer valid"),
    (190, 492): _token("no-role", "the user has no role on that Page"),
}
_CODES = {
    1: Meaning("graph.outage", "an unknown error on Meta's side", "try again in a minute"),
    2: Meaning("graph.outage", "one of Meta's services is temporarily down", "try again in a minute"),
    3: Meaning(
        "graph.no-access", "the app has no access to this method", "check the app's products in the App Dashboard"
    ),
    4: _limit("the app's rate limit is reached"),
    10: _PERMISSION,
    15: Meaning(
        "graph.app-token-wanted",
        "this call needs the app's own token",
        "use the app id and app secret, not a user or page token",
    ),
    17: _limit("the user's rate limit is reached"),
    32: _limit("the Page's rate limit is reached"),
    100: Meaning(
        "graph.parameter",
        "a parameter is not valid",
        "check the object, the fields, and the callback URL",
        ("a parameter is not valid", "see the message for the parameter"),
    ),
    101: Meaning(
        "graph.app-id-unknown",
        "the app id is not known",
        "check --app-id; an Instagram app id does not work here",
    ),
    102: Meaning("graph.session-over", "the session has ended", "get a new token"),
    190: Meaning(
        "graph.token-refused",
        "the access token is not valid: the app secret is old or belongs to another app",
        _SECRET_AGAIN,
        ("the {name} is expired, revoked, or not a token of this app", _RENEW),
    ),
    210: Meaning(
        "graph.permission",
        _PERMISSION.cause,
        _PERMISSION.hint,
        (
            "this call requires the Page's own token",
            f"set {PAGE_TOKEN} to the token of that Page, or {USER_TOKEN} to that of a user who runs it",
        ),
    ),
    341: _limit("the app's limit is reached"),
    368: Meaning(
        "graph.blocked",
        "blocked for a policy violation",
        "wait a day: Meta locks out callbacks and apps that fail repeatedly; check the App Dashboard's alerts",
    ),
    613: _limit("too many calls", "wait before you try again"),
    **dict.fromkeys(_BUSINESS_LIMITS, _limit("the limit of calls on this Page or account is reached")),
    803: Meaning("graph.no-such-id", "that id does not exist", "ids in dashboard tests are made up"),
    2500: Meaning("graph.unknown-path", "unknown path", "check --graph-url and --graph-version"),
}


def unknown_name(parameter: str) -> Meaning:
    """Return the meaning of an answer with code 100 that lists the names that a parameter accepts."""
    return Meaning(
        "graph.unknown-field",
        f"Meta does not know one of the names in {parameter}",
        "check their spelling; the message counts from 0",
    )


def find_meaning(code: int, subcode: int) -> Meaning | None:
    """Return the meaning of a code, or of its subcode if that is more precise; None for an unknown code."""
    found = _SUBCODES.get((code, subcode)) or _CODES.get(code)
    return found or (_PERMISSION if 200 <= code <= 299 else None)
