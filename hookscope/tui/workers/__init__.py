"""Background work of the screen: reading the journal, searching, talking to the run."""
