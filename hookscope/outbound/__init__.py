"""Sending captures to an application: forwarding them as they come, and replaying them."""
