"""`hookscope run`: its options, what they add up to, and the run itself."""
