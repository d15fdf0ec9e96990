"""Checks of a webhook endpoint against Meta's rules: the requests that are sent, and the verdicts on the answers."""
