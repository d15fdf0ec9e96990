"""Meta's wire protocol as pure functions: no I/O, no clock."""
