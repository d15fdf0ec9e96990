"""What Meta says on the wire, as pure functions: no I/O, no clock, nothing but the standard library."""
