"""The fast search for secrets, compared with slow patterns over generated texts."""

import json
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hookscope.formats.secret_search import remove_secrets
from tests.formats import slow_redaction

NAMES = ("access_token", "Page_Access_Token", "hub.verify_token", "password", "appsecret_proof", "app_secret")
OTHERS = ("message", "token", "id", "xpassword", "passwords", "session_id", "proof", "acc%65ss_token", "verify%5Ftoken")
ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in "page_access_token")
TOKEN = "EAA" + "b" * 24
VALUES = (
    "s3cret",
    "",
    "null",
    "a b",
    "é",
    'q"uote',
    "back\\slash",
    "x&y=1",
    TOKEN,
    "IGQ" + "Z" * 30,
    "https://u:p@h/?a=b",
)

names = st.sampled_from(NAMES + OTHERS)
values = st.sampled_from(VALUES) | st.text(max_size=6) | st.none() | st.booleans() | st.integers(0, 99)
documents = st.recursive(
    values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
queries = st.lists(st.tuples(names, st.sampled_from(VALUES).map(quote)), max_size=4).map(
    lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
)
_SIGNS = (
    "=",
    "%3D",
    "%253d",
    "%26",
    "&",
    '"',
    '":',
    ":",
    " ",
    "\n",
    "\\",
    "%",
    "://",
    ":\\/\\/",
    "@",
    "/",
    ",",
    "{",
    "}",
    "-",
)
_PIECES = ("\\u0061", "\\u00e9", "\\u0040", "ccess_token", "%6", "%3E", "EAA", "x" * 24)
fragments = st.lists(st.sampled_from((*NAMES, *OTHERS, *VALUES, *_SIGNS, *_PIECES)), max_size=14).map("".join)


@given(documents, st.sampled_from((None, 1)), st.booleans())
def test_json_is_redacted_as_by_slow_patterns(document: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    assert remove_secrets(text) == slow_redaction.remove_secrets(text)


@given(queries, st.integers(0, 3))
def test_queries_are_redacted_as_by_slow_patterns(query: str, times: int) -> None:
    for _ in range(times):
        query = quote(query, safe="")
    text = f"https://example.com/?{query}".encode()
    assert remove_secrets(text) == slow_redaction.remove_secrets(text)


@given(fragments)
@example("session=1;access_token=s3cret")
def test_nothing_that_slow_patterns_find_is_left(text: str) -> None:
    clean = remove_secrets(text.encode())
    assert slow_redaction.remove_secrets(clean) == clean


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None)
@given(fragments | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_nothing_that_slow_patterns_find_is_left_in_many_texts(text: str) -> None:
    clean = remove_secrets(text.encode())
    assert slow_redaction.remove_secrets(clean) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("session=1;access_token=s3cret", "session=1;access_token=REDACTED"),
        ("state=access_token=s3cret&a=b", "state=access_token=REDACTED&a=b"),
        (f'{{"{ESCAPED}": "x"}}', f'{{"{ESCAPED}": "REDACTED"}}'),
        ("%61%63%63%65%73%73%5F%74%6F%6B%65%6E=x", "%61%63%63%65%73%73%5F%74%6F%6B%65%6E=REDACTED"),
    ],
)
def test_names_behind_other_values_and_escapes_are_found(text: str, clean: str) -> None:
    assert remove_secrets(text.encode()) == clean.encode()


@pytest.mark.parametrize(
    "unit", ["\\u0061", '\\u0061":', "%25", "%61=", 'token"', "token=", "%3D", "://a:", "EAA", '"', "\\"]
)
def test_no_text_takes_time_that_grows_with_its_square(unit: str) -> None:
    text = unit.encode() * 10_000
    assert len(remove_secrets(text)) <= len(text)
