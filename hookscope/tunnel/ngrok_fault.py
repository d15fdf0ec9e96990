"""ngrok's error codes: a short explanation and the next step for each.

The numbers are those of ngrok's error reference; 725, 6024, 8012 and 9009 are as developers report them. A code that
is not listed keeps ngrok's own words.
"""

import re
from collections.abc import Iterable

from msgspec import Struct

INTERSTITIAL_CODES = frozenset(("ERR_NGROK_6022", "ERR_NGROK_6023", "ERR_NGROK_6024"))
"""ngrok's own page stands in front of the endpoint: a reminder for browsers, or the wish for an account."""

SESSION_TAKEN = frozenset(("ERR_NGROK_108", "ERR_NGROK_348"))
"""The account allows no further agent; one that runs may still take an endpoint."""

SETS_TOKEN = "set NGROK_AUTHTOKEN to the authtoken of your ngrok dashboard, or run `ngrok config add-authtoken`"  # noqa: S105
"""The next step where an authtoken is missing or refused."""

_OTHER_DOMAIN = "check --domain against the domains of your ngrok dashboard, or leave it out"
_OTHER_WAY = "wait, choose a bigger ngrok plan, or use another --tunnel or your own --public-url"
_ACCOUNT = "see your ngrok dashboard, or use another --tunnel or your own --public-url"
_GENERIC = "look the code up in ngrok's error reference, or use another --tunnel or your own --public-url"

_FAULTS = {
    105: ("the authtoken is not one of ngrok's", SETS_TOKEN),
    106: ("the authtoken is one of ngrok version 1", SETS_TOKEN),
    107: ("the authtoken is no longer valid: it was reset, or its account left the team", SETS_TOKEN),
    108: (
        "the account has no agent session left; another ngrok agent is running somewhere",
        "end the other agent (`pgrep -a ngrok`, or the agents of your ngrok dashboard) and try again",
    ),
    115: ("the account's IP restrictions refuse this address", _ACCOUNT),
    116: ("the authtoken's IP restrictions refuse this address", _ACCOUNT),
    120: ("the agent is too old", "run `ngrok update`, or remove the agent so that a new one is downloaded"),
    121: ("the agent is too old", "run `ngrok update`, or remove the agent so that a new one is downloaded"),
    123: ("the account's e-mail address is not verified", "verify it in your ngrok dashboard"),
    205: ("the account is suspended", _ACCOUNT),
    247: ("the account is suspended for lack of payment", _ACCOUNT),
    300: ("the authtoken was revoked", SETS_TOKEN),
    306: ("custom domains need another plan", _OTHER_DOMAIN),
    313: ("custom subdomains need another plan", _OTHER_DOMAIN),
    314: ("custom domains need another plan", _OTHER_DOMAIN),
    319: ("the domain is not reserved for the account", _OTHER_DOMAIN),
    320: ("the domain is reserved for another account", _OTHER_DOMAIN),
    324: ("the account's plan allows no further endpoint in this agent", _OTHER_WAY),
    334: (
        "the endpoint is online already, from another agent",
        "end it (`pgrep -a ngrok`, or the endpoints of your ngrok dashboard), choose another --domain, "
        "or share this one: --ngrok-pooling here, --pooling-enabled for the other agent",
    ),
    338: ("the account is suspended", _ACCOUNT),
    348: ("the account has no session left", _ACCOUNT),
    702: ("too many connections a minute for the account's plan", _OTHER_WAY),
    725: ("the account's traffic for this month is used up", _OTHER_WAY),
    727: ("the account's requests for this month are used up", _OTHER_WAY),
    734: ("too many requests a minute for the account's plan", "wait a minute, or choose a bigger ngrok plan"),
    3004: (
        "the receiver's answer was not a complete HTTP response",
        "is something else listening on the receiver's port?",
    ),
    3200: ("no agent serves this address: the tunnel is down, or its address has changed", "is the tunnel still up?"),
    3204: ("ngrok's own webhook verification refused the request", "switch it off for this endpoint"),
    3205: ("the account's IP restrictions refuse the request", _ACCOUNT),
    3208: ("the account is banned", _ACCOUNT),
    3209: ("no agent serves this address", "is the tunnel still up?"),
    3210: ("ngrok lost the connection to the agent", "try again in a moment"),
    4018: ("ngrok requires an account and an authtoken", f"{SETS_TOKEN}; or use another --tunnel"),
    6022: ("ngrok requires an account before it serves pages", f"{SETS_TOKEN}; or use another --tunnel"),
    6024: (
        "ngrok's browser warning page stands in front of the receiver",
        "Meta cannot click through it: use a paid ngrok plan, or an address of your own with --public-url",
    ),
    8012: ("the agent cannot reach the receiver behind it", "is the receiver still running?"),
    9009: (
        "the account's plan allows no agent behind an HTTP proxy",
        "unset http_proxy and https_proxy for hookscope, or choose a bigger ngrok plan",
    ),
    18019: ("the account's plan has no endpoint pooling", "leave out --ngrok-pooling, or choose another --domain"),
    18020: (
        "the pool has as many endpoints as the account's plan allows",
        "end one of them, or choose another --domain",
    ),
    9040: ("ngrok accepts no agents from this IP address", "use an address of your own with --public-url"),
}

_CODE = re.compile(r"ERR_NGROK_(\d+)")
_QUOTED_TOKEN = re.compile(r"(authtoken:\s*)[^\s\\\"']+", re.IGNORECASE)
_UNREACHABLE = ("no such host", "server misbehaving", "network is unreachable", "no route to host", "has no records")


class NgrokFault(Struct, frozen=True, kw_only=True):
    """A fault by its code, such as `ERR_NGROK_334`, with its meaning and the next step, in words."""

    code: str
    meaning: str
    hint: str

    def __str__(self) -> str:
        return f"{self.meaning} ({self.code})"


def read_fault(text: str) -> NgrokFault | None:
    """Return the fault that a log line, an error page or an answer of the agent's API names, or None."""
    found = _CODE.search(text)
    if found is None:
        return None
    known = _FAULTS.get(int(found[1]))
    meaning, hint = known or (_own_words(text[: found.start()]) or "ngrok refuses", _GENERIC)
    return NgrokFault(code=found[0], meaning=meaning, hint=hint)


def is_unreachable(text: str) -> bool:
    """Return whether a log line says that ngrok's service cannot be reached from here."""
    return any(sign in text for sign in _UNREACHABLE)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text without the secrets, and without the authtoken that ngrok quotes when it refuses one."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "•••")
    return _QUOTED_TOKEN.sub(r"\1•••", text)


def _own_words(text: str) -> str:
    """Return ngrok's sentence before the code, without JSON's or logfmt's quoting; at most 200 characters."""
    words = " ".join(re.sub(r"\\[rn]|[\"{}]", " ", text).split())
    return words[:200].strip(" :,(")
