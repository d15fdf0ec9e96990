"""Captures out of files that other programs, or hookscope itself, have written."""
