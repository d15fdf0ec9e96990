"""Sending captures and samples again: order, pace, changes and faults."""
