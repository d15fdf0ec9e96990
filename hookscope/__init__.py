"""Local development tunnel and inspector for Meta Graph API webhooks.

The names below are the library, described in `docs/library.md`. Each is loaded when it is first used, so that the
commands, which import this package too, start as fast as without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from hookscope.api import (
        Capture,
        Delivery,
        DeliveryError,
        ExitCode,
        Finding,
        ForeignCallbackError,
        GraphError,
        HandshakeError,
        HookscopeError,
        Journal,
        JournalError,
        ParsedBody,
        ParsedEvent,
        RestoreError,
        RunHandle,
        Sandbox,
        Signature,
        TunnelError,
        UsageError,
        answer_handshake,
        check_endpoint,
        examine_callback,
        explain_signature,
        lint,
        open_journal,
        parse,
        run,
        sign,
        summarize,
        verify,
    )

__all__ = (
    "Capture",
    "Delivery",
    "DeliveryError",
    "ExitCode",
    "Finding",
    "ForeignCallbackError",
    "GraphError",
    "HandshakeError",
    "HookscopeError",
    "Journal",
    "JournalError",
    "ParsedBody",
    "ParsedEvent",
    "RestoreError",
    "RunHandle",
    "Sandbox",
    "Signature",
    "TunnelError",
    "UsageError",
    "answer_handshake",
    "check_endpoint",
    "examine_callback",
    "explain_signature",
    "lint",
    "open_journal",
    "parse",
    "run",
    "sign",
    "summarize",
    "verify",
)


if not TYPE_CHECKING:  # A checker would take any name for one of these.

    def __getattr__(name: str) -> object:
        """Load a name of the library (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals().setdefault(name, getattr(import_module("hookscope.api"), name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
