"""The plugin's fixtures by name, for checkouts that were installed before there was a plugin."""

from hookscope.pytest_plugin import (
    _hookscope_exchanges,
    captured,
    captured_sync,
    hookscope_app_id,
    hookscope_app_secret,
    hookscope_sandbox,
    meta_webhook,
    meta_webhook_sync,
)

__all__ = (
    "_hookscope_exchanges",
    "captured",
    "captured_sync",
    "hookscope_app_id",
    "hookscope_app_secret",
    "hookscope_sandbox",
    "meta_webhook",
    "meta_webhook_sync",
)
