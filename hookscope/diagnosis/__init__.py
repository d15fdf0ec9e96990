"""Checks on the chain from Meta to the receiver, each with a diagnosis and a next step."""
