"""`hookscope run`: its options, its settings, and the run itself."""
