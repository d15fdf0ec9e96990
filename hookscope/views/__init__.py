"""Captures and items as the user sees them. No I/O, no terminal library."""
