"""The screen: a view of a run in a process of its own, and the only importer of Textual."""
