"""The address of a shared log."""

import re
from typing import ClassVar
from urllib.parse import unquote

from hookscope.errors import UsageError
from hookscope.hidden_fields import HidesFields

DEFAULT_LOG = "hookscope"

_SCHEMES = ("postgresql://", "postgres://")
_PASSWORDS = re.compile(r"&(?:password|sslpassword)=([^&]*)", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


class LogAddress(HidesFields, frozen=True, kw_only=True):
    """The address of a log: `url` may hold a password, which is `password` then; `shown` does not."""

    hidden: ClassVar = ("url", "password")

    url: str
    shown: str
    log: str
    password: str = ""

    def __str__(self) -> str:
        return self.shown


def check_address(text: str, *, log: str = DEFAULT_LOG, on_command_line: bool = False) -> LogAddress:
    """Return the address of the log with that name. Raises UsageError for an unusable one.

    A password is refused on the command line, where every user of the machine can read it.
    """
    url = text.strip()
    if not url.startswith(_SCHEMES) or not url.isprintable() or " " in url:
        raise UsageError(
            "the address of the shared log cannot be used",
            hint="give something like postgresql://anna@db.example.com/hooks",
        )
    if not _NAME.fullmatch(log) or log.startswith("pg_"):
        raise UsageError(f"{log!r} cannot be the name of a log", hint="use lower-case letters, digits, and '_'")
    scheme, _, rest = url.partition("://")
    login, at, rest = rest.partition("@") if "@" in rest.partition("/")[0] else ("", "", rest)
    place, _, options = rest.partition("?")
    if "@" in place or any("@" in option and "=" not in option for option in options.split("&")):
        # PostgreSQL's client would take a part of the password for a host or a port, which errors name.
        raise UsageError(
            "the address of the shared log cannot be used: it has an '@' or a '/' in its user name or password",
            hint="write %40 for '@', and %2F for '/'; or give the password in PGPASSWORD or PGPASSFILE",
        )
    user, _, password = login.partition(":")
    in_options = _PASSWORDS.search(f"&{unquote(options)}")
    secret = unquote(password) or (in_options[1] if in_options else "")
    if on_command_line and secret:
        raise UsageError(
            "a password does not belong on the command line, where every user of this machine can read it",
            hint="set PGPASSWORD or PGPASSFILE, or give the address in the environment",
        )
    return LogAddress(url=url, shown=f"{scheme}://{user}{at}{place}", log=log, password=secret)
