"""The history on disk: the SQLite journal, its index and its queries."""
