"""Sample notifications: the catalogue, and making fresh ones out of it."""
