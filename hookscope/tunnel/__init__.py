"""Tunnels: ways to reach the receiver from outside, by ngrok, another program, or by an address of the user's own."""
