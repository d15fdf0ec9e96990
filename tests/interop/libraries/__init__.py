"""One module a library; each names it in `LIBRARY`."""

import pkgutil
from importlib import import_module

from tests.interop.library import Library


def libraries() -> dict[str, Library]:
    """Return every library by the name of its module."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").LIBRARY for name in names}
