"""Values turned into styled text."""
