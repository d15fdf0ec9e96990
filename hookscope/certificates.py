"""The certificates that TLS trusts, read when a connection first needs them.

aiohttp reads them for its own context while it is imported, which takes a tenth of a run's start: 140 of them in 20 to
40 ms. A sandbox uses none, and a run has time for it once it listens.
"""

import os
import ssl
from typing import Any

_usual = ssl.create_default_context
_contexts: "list[_LateContext]" = []


class _LateContext(ssl.SSLContext):
    """Trusts whom the system trusts, which it reads before its first connection."""

    _is_complete = False

    def complete(self) -> None:
        """Read the certificates, unless that is done."""
        if not self._is_complete:
            self.load_default_certs()
            self._is_complete = True

    def wrap_bio(self, *given: Any, **named: Any) -> ssl.SSLObject:
        """Begin a connection, as asyncio does."""
        self.complete()
        return super().wrap_bio(*given, **named)


def load_aiohttp() -> None:
    """Import aiohttp without reading certificates. Elsewhere than in our own processes, aiohttp is the caller's."""
    ssl.create_default_context = late_context
    try:
        import aiohttp  # noqa: F401
    finally:
        ssl.create_default_context = _usual


def late_context(*_: Any, **__: Any) -> ssl.SSLContext:
    """Return a context like the default one, without its certificates as long as it has no connection."""
    usual = _usual(capath=os.devnull)  # With a place of their own, it reads none.
    context = _LateContext(usual.protocol)
    context.verify_flags = usual.verify_flags
    if usual.keylog_filename:
        context.keylog_filename = usual.keylog_filename
    _contexts.append(context)
    return context


def read() -> None:
    """Read the certificates now. It takes a while, in which other threads run."""
    for context in _contexts:
        context.complete()
