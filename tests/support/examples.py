"""The number of examples for each property."""

from typing import Any

from hypothesis import settings

QUICK = 5
"""A property without a number of its own gets so many by default, instead of a hundred."""


def examples(count: int, **options: Any) -> settings:
    """Return settings for `count` examples in the profile `full`, and for a like part of them by default."""
    return settings(max_examples=max(1, count * settings().max_examples // 100), deadline=None, **options)
