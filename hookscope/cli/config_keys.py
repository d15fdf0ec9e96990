"""The keys of configuration files: their types, and whether an untrusted project file may set them.

`.hookscope.toml` comes with anybody's checkout. Without the user's trust it may choose what is received and how it is
shown, and nothing that names a host or a program, leads to a file, or touches the way back. Each key declares which it
is: `risk` has no default.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

Risk = Callable[[Any], str | None]
"""The reason why a value must not come from an untrusted project file; None when it may."""


class SettingKey(Struct, frozen=True, kw_only=True):
    """An option of `hookscope run` that a file may set.

    `is_shared`: other commands use it too. `is_path`: it is a path, relative to its file. `mask`: it may hold
    credentials, and this returns what may be shown of it. `has_password`: with such a value the file must be private.
    """

    risk: Risk
    is_shared: bool = False
    is_path: bool = False
    is_list: bool = False
    is_switch: bool = False
    mask: Callable[[str], str] | None = None
    has_password: Callable[[str], bool] = lambda _: False

    def shown(self, value: Any) -> Any:
        """Return a value without credentials."""
        if self.mask is None:
            return value
        return [self.mask(one) for one in value] if isinstance(value, list) else self.mask(str(value))


def _hidden(_: str) -> str:
    return "•••"


def _only_name(header: str) -> str:
    name, colon, _ = header.partition(":")
    return f"{name}: •••" if colon else _hidden(header)


def _safe_target(route: str) -> str:
    from hookscope.settings import check_route

    return _safe_address(route, check_route)


def _safe_public_url(address: str) -> str:
    from hookscope.urls import check_public_url

    return _safe_address(address, check_public_url)


def _safe_graph_url(address: str) -> str:
    from hookscope.urls import check_graph_url

    return _safe_address(address, check_graph_url)


def _safe_address(text: str, check: Callable[[str], object]) -> str:
    """Return an address, without its login if it is refused, perhaps for that."""
    from hookscope.errors import UsageError
    from hookscope.urls import without_login

    try:
        check(text)
    except UsageError:
        return without_login(text)
    return text


def _without_password(address: str) -> str:
    from hookscope.errors import UsageError
    from hookscope.team.address import check_address

    try:
        return str(check_address(address))
    except UsageError:
        return _hidden(address)


def _has_password(address: str) -> bool:
    from hookscope.errors import UsageError
    from hookscope.team.address import check_address

    try:
        return bool(check_address(address).password)
    except UsageError:  # It is refused where it is used.
        return False


def _harmless(_: Any) -> None:
    return None


def _always(reason: str) -> Risk:
    return lambda _: reason


def _unless(harmless: Any, reason: str) -> Risk:
    return lambda value: None if value is harmless else reason


def _away_target(value: Any) -> str | None:
    """Return the risk of a forward target: none on this machine. An invalid address is refused when it is read."""
    from urllib.parse import urlsplit

    from hookscope.errors import UsageError
    from hookscope.settings import check_route
    from hookscope.urls import is_loopback

    for text in value:
        try:
            target = check_route(text).target
        except UsageError:
            continue
        if not is_loopback(urlsplit(target).hostname or ""):
            return "sends notifications to another machine"
    return None


def _open_host(value: Any) -> str | None:
    from hookscope.urls import is_loopback

    return None if is_loopback(str(value)) else "opens the receiver to other machines"


def _other_tunnel(value: Any) -> str | None:
    from hookscope.tunnel.registry import PROVIDERS

    provider = PROVIDERS.get(str(value))
    return (
        None if provider and provider.is_harmless else "starts another program, and routes traffic through another host"
    )


KEYS: Mapping[str, SettingKey] = {
    "ack": SettingKey(risk=_harmless),
    "app_id": SettingKey(risk=_harmless, is_shared=True),  # Without that app's own secret it opens nothing.
    "as": SettingKey(risk=_harmless),
    "app_secret_file": SettingKey(risk=_always("names a file that is read"), is_shared=True, is_path=True),
    "color": SettingKey(risk=_harmless, is_shared=True),
    "domain": SettingKey(risk=_always("names the host that Meta delivers to")),
    "fields": SettingKey(risk=_harmless, is_list=True),
    "forward_to": SettingKey(risk=_away_target, is_list=True, mask=_safe_target),
    "from": SettingKey(
        risk=_always("names the host that notifications come from"), mask=_without_password, has_password=_has_password
    ),
    "graph_url": SettingKey(
        risk=_always("names the host that gets the app secret"), is_shared=True, mask=_safe_graph_url
    ),
    "graph_version": SettingKey(risk=_harmless, is_shared=True),
    "header": SettingKey(
        risk=_always("adds headers to the requests that your app gets"), is_list=True, mask=_only_name
    ),
    "history": SettingKey(risk=_harmless),
    "host": SettingKey(risk=_open_host),
    "include_values": SettingKey(risk=_harmless, is_shared=True, is_switch=True),
    "journal": SettingKey(risk=_always("names a file that is written"), is_shared=True, is_path=True),
    "keep": SettingKey(risk=_unless(False, "leaves the app registered at the end"), is_switch=True),
    "log": SettingKey(risk=_harmless),
    "max_connections": SettingKey(risk=_harmless),
    "missed": SettingKey(risk=_harmless),
    "ngrok_path": SettingKey(risk=_always("names a program that is started"), is_path=True),
    "ngrok_pooling": SettingKey(risk=_harmless, is_switch=True),  # Only endpoints of the user's own account can share.
    "no_restore": SettingKey(risk=_unless(False, "gives up putting the old callback back"), is_switch=True),
    "object": SettingKey(risk=_harmless, is_list=True),
    "output": SettingKey(risk=_harmless),
    "page": SettingKey(risk=_harmless, is_list=True),  # Without that Page's own token it opens nothing.
    "page_token_file": SettingKey(risk=_always("names a file that is read"), is_shared=True, is_path=True),
    "path": SettingKey(risk=_harmless),  # It can then be guessed; signatures are checked all the same.
    "poll": SettingKey(risk=_harmless, is_switch=True),
    "port": SettingKey(risk=_harmless),
    "public_url": SettingKey(risk=_always("names the host that Meta delivers to"), mask=_safe_public_url),
    "restore_include_values": SettingKey(risk=_unless(True, "changes what is put back"), is_switch=True),
    "restore_verify_token": SettingKey(risk=_harmless, mask=_hidden),  # The old callback must confirm it beforehand.
    "scope": SettingKey(risk=_always("leads a WhatsApp account's events away from the app's callback")),
    "skip_verify": SettingKey(risk=_unless(False, "accepts any certificate"), is_switch=True),
    "takeover": SettingKey(risk=_unless(False, "allows replacing a callback that is not ours"), is_switch=True),
    "tunnel": SettingKey(risk=_other_tunnel),
    "tunnel_command": SettingKey(risk=_always("names a program that is started")),
    "tunnel_host": SettingKey(risk=_always("names the host that Meta's requests pass through")),
    "tunnel_url_pattern": SettingKey(risk=_always("names the host that Meta delivers to")),
    "user_token_file": SettingKey(risk=_always("names a file that is read"), is_shared=True, is_path=True),
    "verify_token": SettingKey(risk=_harmless, is_shared=True, mask=_hidden),  # It opens nothing but our own handshake.
}
"""By name with underscores."""
