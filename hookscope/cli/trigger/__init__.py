"""`hookscope trigger`: its options, its plan, and the sending."""
