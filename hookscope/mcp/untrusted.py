"""Making text from outside safe for an assistant: bounded, without secrets, signatures, and invisible characters."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from hookscope.formats.redaction import redact, redact_text
from hookscope.mcp.access import Access
from hookscope.model.record import Capture
from hookscope.services.run_redaction import redaction_by_runs, text_redaction_by_runs
from hookscope.views.sanitize import sanitize

_T = TypeVar("_T")

_LONGEST_SECRET = 512
"""In characters; access tokens have some 250."""

_CUT_WORD = re.compile(r"[^\s\"'<>&,;]*\Z")

_SIGNATURE = re.compile("[0-9a-f]{40,}", re.IGNORECASE)
"""A digest of SHA-256 or SHA-1, whatever stands around it, also the digits of an escaped `=`, as in `sha256%3D` and
`sha256\\u003d`: many an app's error repeats the request or says what it expected. With the signature of a body of its
choice, a reader could impersonate Meta.
"""


def bounded(text: str, most: int) -> str:
    """Return the text without control and invisible characters, cut off with an ellipsis after that many characters."""
    return sanitize(text[:most], keep_newlines=True) + ("…" if len(text) > most else "")


def beginning(text: str, most: int) -> str:
    """Return the same of a text that holds secrets yet, without the word that is cut in two: it may be one of them."""
    if len(text) <= most:
        return bounded(text, most)
    start = max(most - _LONGEST_SECRET, 0)
    return bounded(text[:start] + _CUT_WORD.sub("", text[start:most]), most) + "…"


def redacted(captures: Sequence[Capture], access: Access) -> list[Capture]:
    """Return the captures without secrets: this process's, those of live runs, and texts that look like secrets.

    Call it before anything is cut off: half a secret is not recognized. Raises HookscopeError for a run that does not
    answer.
    """
    ours = [redact(capture, access.secrets.redactable).capture for capture in captures]
    with redaction_by_runs(access.journal) as scrub:
        return list(scrub(ours))


def clean(texts: Sequence[str], access: Access) -> list[str]:
    """Return texts without secrets, as `redacted` does with captures, and without signatures."""
    ours = [redact_text(_encodable(text), access.secrets.redactable).encode() for text in texts]
    with text_redaction_by_runs(access.journal) as take_out:
        return [_SIGNATURE.sub("…", text.decode()) for text in take_out(ours)]


def without_secrets(value: _T, access: Access) -> _T:
    """Return a JSON value whose texts hold no secret and no signature, as `clean` does with texts."""
    found: _T = _with_texts(value, iter(clean(list(_texts(value)), access)))
    return found


def _encodable(text: str) -> str:
    """Return the text with lone surrogates, which cannot be sent, escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _with_texts(value: Any, texts: Iterator[str]) -> Any:
    match value:
        case str():
            return next(texts)
        case dict():
            return {name: _with_texts(inner, texts) for name, inner in value.items()}
        case list():
            return [_with_texts(inner, texts) for inner in value]
        case _:
            return value
