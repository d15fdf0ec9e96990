"""Captures and items as a reader sees them. No I/O, no terminal library."""
