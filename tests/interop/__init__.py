"""hookscope against other people's libraries, at pinned versions: `python -m tests.interop`. Not part of the tests."""
