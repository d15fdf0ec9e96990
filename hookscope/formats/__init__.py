"""Text and file formats of captures, for showing, writing and reading."""
