"""`hookscope replay`: its options, its plan, and the sending."""
