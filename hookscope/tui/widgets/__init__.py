"""Widgets, which show a value and post messages."""
