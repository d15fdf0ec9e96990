"""Bytes that were right once, and their arrival in pieces."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

_INSERTED = st.sampled_from(
    (
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b":",
        b"\r\n\r\n",
        b"\xff",
        b"Content-Length: 5\r\n",
        b"0\r\n\r\n",
        b"\t",
        b"%",
    )
) | st.binary(max_size=4)


@st.composite
def spoilt(draw: st.DrawFn, samples: Sequence[bytes]) -> bytes:
    """Draw one or two of the samples, one after the other, with a few bytes replaced, removed, or added."""
    data = b"".join(draw(st.lists(st.sampled_from(samples), min_size=1, max_size=2)))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(_INSERTED) + data[start + draw(st.integers(0, 3)) :]
    return data


@st.composite
def pieces(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """Draw how some bytes may be cut."""
    cuts = draw(st.lists(st.integers(0, len(data)), max_size=6).map(sorted))
    return [data[start:end] for start, end in pairwise((0, *cuts, len(data))) if start < end]
