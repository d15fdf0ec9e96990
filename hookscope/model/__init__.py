"""What happened: captures, the journal that keeps them, and the feed that tells of them."""
