"""Tunnels: ways to reach the receiver from outside, by ngrok, another program, or the user's own address."""
