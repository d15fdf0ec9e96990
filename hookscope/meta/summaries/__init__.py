"""One-line summaries of events, a module for each family."""
