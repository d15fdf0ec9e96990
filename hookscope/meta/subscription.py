"""A row of the `/{app-id}/subscriptions` edge.

Source: Meta's reference of that edge: four columns, `object`, `callback_url`, `fields`, `active`; the verify token and
`include_values` are never answered.
"""

from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct


class Subscription(Struct, frozen=True, kw_only=True):
    """An app's registration for one object: each app has one callback URL per object."""

    object: str
    callback_url: str
    fields: tuple[str, ...]
    active: bool

    @classmethod
    def from_json(cls, row: Any) -> "Subscription":
        """Parse one row of the edge; raises ValueError for another shape.

        Fields come as `{"name", "version"}` since Graph v2, as plain names before, and in some stubs without a version.
        """
        if not isinstance(row, dict) or not isinstance(row.get("object"), str):
            raise ValueError("a subscription without an object")
        fields = row.get("fields") or ()
        names: list[Any] = [field.get("name") if isinstance(field, dict) else field for field in fields]
        if not all(isinstance(name, str) for name in names):
            raise ValueError("a subscription field without a name")
        return cls(
            object=row["object"],
            callback_url=str(row.get("callback_url") or ""),
            fields=tuple(dict.fromkeys(names)),
            active=row.get("active", True) not in (False, "false", None),
        )

    def to_json(self) -> dict[str, Any]:
        """Return `{callback_url, fields, active}`, as the event stream and the ledger show a displaced subscription."""
        return {"callback_url": self.callback_url, "fields": list(self.fields), "active": self.active}


def read_versions(row: Any) -> dict[str, str]:
    """Return the Graph API version that each field of a row was subscribed with, as far as the row shows it."""
    fields = row.get("fields") if isinstance(row, dict) else None
    rows = [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []
    return {str(field["name"]): field["version"] for field in rows if isinstance(field.get("version"), str)}


_DEFAULT_PORTS = {"http": 80, "https": 443}


def same_callback(left: str, right: str) -> bool:
    """Return whether two callback URLs are equivalent; the host's case, a default port and a bare root do not count."""
    return left == right or _canonical(left) == _canonical(right)


def _canonical(url: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return (url,)
    return (parts.scheme, parts.username or "", parts.hostname or "", str(port), parts.path or "/", parts.query)
