"""One run: opens receiver, tunnel and lease in order, owns the signals, and puts everything back in reverse."""
