"""Captures of every shape, for property tests."""

import string
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Handshake, Kind, Reply, Request, Source

TOKEN = st.text(f"{string.ascii_letters}{string.digits}!#$%&'*+-.^_`|~", min_size=1, max_size=12)
BODY = st.one_of(st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace")))
_MILLISECONDS = st.one_of(st.none(), st.floats(0, 1e6, allow_nan=False))
_REASON = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=12))
_VALUE = st.binary(max_size=20).map(lambda value: value.translate(None, b"\r\n\x00"))
_TARGET = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF), max_size=20).map(lambda text: f"/{text}")


@st.composite
def captures(draw: st.DrawFn) -> Capture:
    """Draw a capture as the journal may hold it, without links."""
    after = timedelta(milliseconds=draw(st.integers(0, 4 * 10**12)))
    accepted = draw(st.one_of(st.none(), st.booleans()))
    return Capture(
        id=draw(st.integers(1, 1 << 40)),
        run_id=None,
        kind=draw(st.sampled_from(Kind)),
        source=Source.IMPORT,
        received_at=datetime(1970, 1, 1, tzinfo=UTC) + after,
        request=Request(
            method=draw(TOKEN),
            target=draw(_TARGET),
            headers=tuple(draw(st.lists(st.tuples(TOKEN.map(str.encode), _VALUE), max_size=5))),
            body=draw(BODY),
            remote=draw(st.sampled_from(["203.0.113.9", "2001:db8::1", ""])),
        ),
        reply=Reply(
            status=draw(st.one_of(st.none(), st.integers(100, 599))), body=draw(BODY), elapsed_ms=draw(_MILLISECONDS)
        ),
        signature=Signature(
            verdict=draw(st.sampled_from(SignatureVerdict)),
            algorithm=draw(st.sampled_from([None, "sha1", "sha256"])),
            reason=draw(_REASON),
        ),
        marked=draw(st.booleans()),
        note=draw(_REASON),
        handshake=None if accepted is None else Handshake(accepted=accepted, reason=draw(_REASON)),
    )
