"""The door: takes requests in, judges them, has them committed, and answers."""
