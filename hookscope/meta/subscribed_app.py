"""A row of a `subscribed_apps` edge: an app that a Page or a WhatsApp Business account has installed.

Sources: Meta's references of a Page's and of a WhatsApp Business Account's `subscribed_apps`, and its guide "Webhook
overrides" (updated 2026-06-28).
"""

from typing import Any

from msgspec import Struct


class SubscribedApp(Struct, frozen=True, kw_only=True):
    """An installed app. `fields` are those that a Page lets it have; a WhatsApp account has no such choice.

    `override_url` is the callback that a WhatsApp account uses in place of the app's own.
    """

    app_id: str
    name: str = ""
    fields: tuple[str, ...] = ()
    override_url: str | None = None

    @classmethod
    def from_json(cls, row: Any) -> "SubscribedApp":
        """Parse one row of the edge; raises ValueError for another shape."""
        described = row.get("whatsapp_business_api_data", row) if isinstance(row, dict) else None
        if not isinstance(described, dict) or not isinstance(described.get("id"), str):
            raise ValueError("an app without an id")
        fields = row.get("subscribed_fields") or []
        if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
            raise ValueError("fields that are no names")
        return cls(
            app_id=described["id"],
            name=str(described.get("name") or ""),
            fields=tuple(dict.fromkeys(fields)),
            override_url=str(row["override_callback_uri"]) if row.get("override_callback_uri") else None,
        )

    def to_json(self) -> dict[str, Any]:
        """Return `{app_id, name, fields, override_url}`."""
        return {
            "app_id": self.app_id,
            "name": self.name,
            "fields": list(self.fields),
            "override_url": self.override_url,
        }
