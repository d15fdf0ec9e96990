"""The control socket of a run: its server, its client and the status board."""
