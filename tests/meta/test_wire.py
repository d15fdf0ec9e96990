import json
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookscope.meta import wire

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("äöå", rb'"\u00e4\u00f6\u00e5"'),
        ("😀", rb'"\ud83d\ude00"'),
        ("a/b", rb'"a\/b"'),
        ("100%", rb'"100\u0025"'),
        ("a@b", rb'"a\u0040b"'),
        ("<3", rb'"\u003C3"'),
        ('"\\', rb'"\"\\"'),
        ("\\/", rb'"\\\/"'),
        ("\n\t", rb'"\n\t"'),
    ],
)
def test_characters_are_escaped_as_meta_escapes_them(text: str, wanted: bytes) -> None:
    assert wire.encode(text) == wanted


@given(JSON)
def test_encoded_values_are_decoded_to_the_same_values(value: object) -> None:
    encoded = wire.encode(value)
    assert encoded.isascii()
    assert wire.decode(encoded) == value


@given(JSON)
def test_no_character_that_meta_escapes_is_left(value: object) -> None:
    encoded = wire.encode(value)
    assert not set(b"%@<") & set(encoded)
    assert encoded.count(b"/") == encoded.count(b"\\/")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "no body"),
        (b"{", "line 1, column 2"),
        (b'["\n', r"invalid control character \(line 1, column 3\)"),
        (b'["', r"unterminated string \(line 1, column 2\)"),
        (b'{"a":\xff}', "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" * 501 + b"]" * 501, "nested too deeply"),
        (b'{"a":' * 501 + b"1" + b"}" * 501, "nested too deeply"),
        (b'[{"a":1},' * 501 + b'"[{"' + b"]" * 501, "nested too deeply"),
        (b" " * 600_000 + b"[" * 501 + b"]" * 501, "nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "a number is too long"),
        (b"[NaN]", "malformed"),
        (b"\xef\xbb\xbf{}", "unexpected utf-8 bom"),
    ],
)
def test_text_that_is_not_json_is_refused_with_a_reason(body: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        wire.decode(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 500 + b"]" * 500,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b"[" + b'[{"a":[]}],' * 1000 + b"1]",
        b'"' + b"[" * 1000 + b'"',
    ],
    ids=["lists", "objects", "many but not deep", "text"],
)
def test_as_deep_and_no_deeper_is_read_by_every_python(body: bytes) -> None:
    assert wire.encode(wire.decode(body)) == body


def test_ordinary_json_is_read_as_python_reads_it() -> None:
    body = b' {"a": [1, 2.5, null, true, "\\u00e4"]} '
    assert wire.decode(body) == json.loads(body)


@pytest.mark.parametrize(
    "body", [b'["\\ud83d"]', b'{"\\ude00": 1e999}', b"[-0, 12345678901234567890123, 1E5]", b'["\x7f"]']
)
def test_odd_but_legal_json_is_read_as_python_reads_it(body: bytes) -> None:
    assert repr(wire.decode(body)) == repr(json.loads(body))


def test_others_have_their_turn_while_a_large_body_is_decoded() -> None:
    body = b'{"object":"page","entry":[%s]}' % b",".join([b'{"id":"1","changes":[]}'] * 60_000)
    begun, decoded = threading.Event(), []

    def decode() -> None:
        begun.set()
        decoded.append(wire.decode(body))

    interval, turns = sys.getswitchinterval(), 0
    sys.setswitchinterval(1e-6)
    try:
        thread = threading.Thread(target=decode)
        thread.start()
        begun.wait()
        while not decoded:
            time.sleep(0)  # Gives the lock up, and takes it again.
            turns += 1
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert decoded == [json.loads(body)]
    assert turns > 10


@pytest.mark.parametrize(
    "number", [b"18446744073709551616", b"-1e400", b"1E-7", b"-0", b"123456789012345678901234567890"]
)
def test_a_large_body_is_read_like_a_small_one(number: bytes) -> None:
    small = b'{"a":%s,"a":[%s,"\\ud83d\\ude00",true,null]}' % (number, number)
    assert repr(wire.decode(small + b" " * (1 << 20))) == repr(wire.decode(small))
