"""The shared log of a team: a relay appends to it, and each developer's run mirrors it."""
