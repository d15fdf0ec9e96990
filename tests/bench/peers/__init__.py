"""Other programs for the same jobs, which are measured if they are installed."""
