"""A Graph API that one can run: stateful, with Meta's errors, handshakes, signed deliveries and retries."""
