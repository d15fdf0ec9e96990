"""The screen in a browser: serves its process on loopback."""
