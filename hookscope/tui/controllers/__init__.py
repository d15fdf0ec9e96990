"""The actions of the screen, a controller for each kind."""
