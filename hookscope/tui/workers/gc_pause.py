"""A pause of the garbage collector while very many objects are made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MANY = 50_000
"""The number of new objects from which on a collection would be noticed."""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the garbage collector, and keep it from going through many new objects later.

    A collection stops the whole process, for 0.1 to 0.4 s with the lines of a body of 10 MB. The objects are frozen:
    they are still released with their last reference, but cycles that are garbage at this moment are kept for good.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_count()[0] > _MANY:
            gc.freeze()
        if was_enabled:
            gc.enable()
