"""The shared log of a team: what a relay appends, and what each developer's run mirrors."""
