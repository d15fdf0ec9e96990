"""Checks of somebody's webhook endpoint against Meta's rules: what is asked of it, and the verdicts."""
