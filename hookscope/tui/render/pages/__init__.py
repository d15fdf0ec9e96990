"""The pages of the details, one module each."""
