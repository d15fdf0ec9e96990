"""Local development tunnel and inspector for Meta Graph API webhooks."""

__version__ = "0.1.0"
