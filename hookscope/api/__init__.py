"""The library behind `import hookscope`: thin functions over the parts that the commands use too.

Importing this package, or any of its modules, loads neither aiohttp nor sqlite3: what needs them loads them when it
is called.
"""

from hookscope.api.endpoint import check_endpoint, examine_callback
from hookscope.api.journal import Journal, open_journal
from hookscope.api.messages import answer_handshake, explain_signature, lint, parse, sign, summarize, verify
from hookscope.api.runs import RunHandle, run
from hookscope.api.sandbox import Sandbox
from hookscope.diagnosis.finding import Finding
from hookscope.errors import (
    DeliveryError,
    ExitCode,
    ForeignCallbackError,
    GraphError,
    HandshakeError,
    HookscopeError,
    JournalError,
    RestoreError,
    TunnelError,
    UsageError,
)
from hookscope.meta.parsed_body import ParsedBody, ParsedEvent
from hookscope.meta.signature import Signature
from hookscope.model.record import Capture, Delivery

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
