"""The answer of `/debug_token`: whose a token is, and how long and for what it is good.

Source: Meta's reference of `/debug_token`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field


class TokenInfo(Struct, frozen=True, kw_only=True):
    """A token's description. `kind` is Meta's word for it: `APP`, `PAGE`, `USER`, or another.

    `expires_at` and `data_access_expires_at` are None for a token without an end. `targets` maps a scope to the ids of
    the only Pages, accounts or businesses that it is granted for; a scope that is missing there holds for all.
    `reason` is Meta's text on why the token is not valid.
    """

    app_id: str
    kind: str
    application: str
    is_valid: bool
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reason: str | None = None

    @classmethod
    def from_json(cls, answer: Any) -> "TokenInfo":
        """Parse the answer, `{"data": {...}}`; raises ValueError for another shape."""
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("is_valid"), bool):
            raise ValueError("no description of a token under 'data'")
        error = data.get("error")
        return cls(
            app_id=_text(data.get("app_id")) or "",
            kind=_text(data.get("type")) or "",
            application=_text(data.get("application")) or "",
            is_valid=data["is_valid"],
            expires_at=_moment(data.get("expires_at")),
            data_access_expires_at=_moment(data.get("data_access_expires_at")),
            scopes=_texts(data.get("scopes")),
            targets=_targets(data.get("granular_scopes")),
            reason=_text(error.get("message")) if isinstance(error, dict) else None,
        )


def _targets(scopes: Any) -> dict[str, tuple[str, ...]]:
    rows = [row for row in scopes if isinstance(row, dict)] if isinstance(scopes, list) else []
    return {str(row.get("scope")): _texts(row["target_ids"]) for row in rows if row.get("target_ids")}


def _moment(value: Any) -> datetime | None:
    """Return the time of a Unix time in seconds; 0 means never."""
    if not isinstance(value, int) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(_text, value))) if isinstance(value, list) else ()
