"""Lines for a person, a module for each family of events."""
