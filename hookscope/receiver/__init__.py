"""The receiver: accepts requests, judges them, has them committed, and answers."""
