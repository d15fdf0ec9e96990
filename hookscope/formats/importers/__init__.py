"""Captures from files that other programs, or hookscope itself, have written."""
