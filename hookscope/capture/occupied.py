"""A journal that another program has for itself."""

import sqlite3

WAY_OUT = "another program has begun to write to it and does not end that: close it there"
"""What to do about it, in words."""


def is_occupied(error: Exception) -> bool:
    """Whether a write failed because another program did not let go of the file for as long as is waited."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)  # An error of the module itself has none.
    return code & 0xFF == sqlite3.SQLITE_BUSY
