"""The HTTP client that sends captured bytes unchanged."""
