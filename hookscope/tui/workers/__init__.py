"""Work beside the screen: reading the journal, searching, talking to the run."""
