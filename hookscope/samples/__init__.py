"""Sample notifications: the catalog, and fresh notifications made from it."""
