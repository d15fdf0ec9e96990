"""Every link of the chain checked at once, for `hookscope doctor`: evidence first, then judgments on it alone."""
