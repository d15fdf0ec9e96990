"""Knobs: ways to make a sandbox fail or behave differently."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from hookscope.meta.catalog import WHATSAPP, nearest

_LONGEST = 1e9
"""In seconds: some 30 years."""

_FORMS = {"handshake_failure": r"[1-5]\d\d|curl \d+|html|redirect", "call_failure": r"[12]|[2-5]\d\d|lost"}


class Knobs(Struct, kw_only=True):
    """Settings that may be changed while the sandbox runs. A knob that counts calls returns to 0 by itself.

    A failure is written as follows: `handshake_failure` is an HTTP status ("404"), a curl error number ("curl 28"),
    "html" (a reminder or login page with status 200) or "redirect"; the callback itself is then not asked.
    `call_failure` is "1" or "2" (Meta's transient errors), an HTTP status of a proxy without an envelope ("502"; "200"
    is a success with a body that is not JSON), or "lost" (the call is carried out and its answer never comes). Times
    are in seconds.
    """

    failing_handshakes: int = 0
    handshake_failure: str = "503"
    handshake_timeout: float = 6.0
    trim_challenge: bool = False

    failing_calls: int = 0
    failing_method: str = ""  # "" for any
    call_failure: str = "2"
    limited_calls: int = 0
    limit_code: int = 4
    usage_percent: int = 0
    slow_post: float = 0.0
    require_appsecret_proof: bool = False
    strict_debug_proof: bool = False  # /debug_token takes no proof of the token in question
    any_app_field: bool = False  # POST subscriptions takes unknown fields; a Page's edge never does
    unpermitted_fields: tuple[str, ...] = ()
    page_permission: bool = True
    swallow_page_install: bool = False  # POST subscribed_apps answers success and does nothing

    user_ids: bool = True  # WhatsApp's business-scoped user ids, which came in 2026

    require_page_install: bool = True
    require_waba_install: bool = True
    user_agent: str = "facebookexternalua"
    delivery_timeout: float = 20.0
    delivery_delay: float = 0.0
    reverse_order: bool = False  # of notifications that are sent together
    disable_after: float = 3600.0

    @property
    def install_ignored(self) -> tuple[str, ...]:
        """The objects whose events are sent whether or not the account has installed the app."""
        required = {"page": self.require_page_install, WHATSAPP: self.require_waba_install}
        return tuple(topic for topic, is_required in required.items() if not is_required)

    def turn(self, changes: Mapping[str, Any]) -> None:
        """Set any number of knobs by name; raises ValueError for an unknown name or a value of another type."""
        known = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                meant = nearest(name, known)
                raise ValueError(f"there is no knob {name!r}" + (f"; did you mean {meant!r}?" if meant else ""))
            if not _fits(value, known[name]):
                wanted = f"from 0 to {_LONGEST:g}" if known[name] is float else f"of type {known[name].__name__}"
                raise ValueError(f"the knob {name!r} needs a value {wanted}")
            if name in _FORMS and not re.fullmatch(_FORMS[name], value):
                raise ValueError(f"the knob {name!r} cannot be {value!r}")
        for name, value in changes.items():
            setattr(self, name, known[name](value))


def _fits(value: Any, wanted: type) -> bool:
    if wanted is tuple:
        return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST
    return type(value) is wanted
