"""Use cases, composed once for every front end: values go in, values come out, and nothing is printed."""
