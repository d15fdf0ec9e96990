"""Text and file formats that captures are shown in, written to and read from."""
