"""A simulator of the Graph API: stateful, with Meta's errors, handshakes, signed deliveries and retries."""
