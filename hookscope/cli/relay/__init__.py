"""`hookscope relay`: receive for a team, into its shared log."""
