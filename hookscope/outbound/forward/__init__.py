"""Forwarding captures to the user's applications."""
