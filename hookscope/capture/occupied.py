"""A journal that another program has for itself."""

import sqlite3

WAY_OUT = "another program has begun to write to it and does not end that: close it there"
"""What to do about it, in words."""


def is_occupied(error: Exception) -> bool:
    """Whether a write failed because another program did not let go of the file for as long as is waited."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
