"""Values without I/O: captures, deliveries, runs, and the feed that publishes them."""
