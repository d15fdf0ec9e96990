import re

import pytest

from hookscope.errors import UsageError
from hookscope.tunnel.program_host import clean
from hookscope.tunnel.program_output import Dialect, ProgramFault, Transcript, compile_pattern

ANY = re.compile(r"https?://\S+")


def heard(dialect: Dialect, *lines: str) -> Transcript:
    transcript = Transcript(dialect)
    for line in lines:
        transcript.add_line(line)
    return transcript


@pytest.mark.parametrize(
    ("pattern", "line", "url"),
    [
        (r"https://\S+", "see https://a.example.com/.", "https://a.example.com"),
        (r"at (\S+)", "at a.example.com", "https://a.example.com"),
        (r"x (\S+)|y (\S+)", "y https://a.example.com:8443", "https://a.example.com:8443"),
        (r"at (\S+)", "at http://127.0.0.1:4711", "http://127.0.0.1:4711"),
        (r"at (\S+)", "at http://a.example.com", None),
        (r"at (\S+)", "at https://", None),
        (r"at (\S+)?", "at ", None),
        (r"at .*", "at a.example.com", None),
    ],
)
def test_a_url_is_found_or_is_none(pattern: str, line: str, url: str | None) -> None:
    assert heard(Dialect(url=re.compile(pattern)), line).urls == ([url] if url else [])


def test_the_same_url_twice_is_one_and_their_number_is_bounded() -> None:
    same = heard(Dialect(url=ANY), "https://a.example.com/", "https://a.example.com")
    assert same.urls == ["https://a.example.com"]
    many = heard(Dialect(url=ANY), *(f"https://a{number}.example.com" for number in range(100)))
    assert many.urls[-1] == "https://a99.example.com"
    assert len(many.urls) < 10


def test_a_plain_address_counts_only_where_it_is_the_best_and_not_this_machine() -> None:
    assert heard(Dialect(url=ANY), "from http://localhost:1 to http://127.0.0.1:2").plain_url is None
    assert heard(Dialect(url=ANY), "at http://a.example.com").plain_url == "http://a.example.com"
    assert heard(Dialect(url=ANY), "at http://a.example.com", "at https://a.example.com").plain_url is None


def test_it_is_up_once_both_its_url_and_its_readiness_are_known() -> None:
    dialect = Dialect(url=ANY, ready=re.compile("connected"))
    assert not heard(dialect, "https://a.example.com").is_up
    assert not heard(dialect, "connected").is_up
    assert heard(dialect, "connected", "https://a.example.com").is_up
    assert heard(Dialect(known_url="https://a.example.com", ready=re.compile("connected")), "connected").is_up


def test_the_first_fault_counts_and_trouble_is_only_a_hint() -> None:
    faults = tuple(ProgramFault(sign=re.compile(sign), meaning=sign, hint="") for sign in ("no key", "no host"))
    transcript = Transcript(Dialect(url=ANY, faults=faults))
    assert transcript.add_line("2026-11-29 ERR connection terminated")
    assert not transcript.add_line("GET /x 200")
    assert not transcript.fault_line
    transcript.add_line("sorry: no host")
    transcript.add_line("no key")
    assert transcript.fault
    assert (transcript.fault.meaning, transcript.fault_line) == ("no host", "sorry: no host")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"\x1b[1;32mhttps://a.example.com\x1b[0m", "https://a.example.com"),
        (b"\x1b]0;title\x07a\x1b]8;;https://x\x1b\\b", "ab"),
        (b"a\x08\x00\xc2\x9b\tb\xff", "ab\ufffd"),
        (b"x" * 100_000, "x" * 2000),
    ],
)
def test_nothing_that_steers_a_terminal_is_left_of_a_line(line: bytes, text: str) -> None:
    assert clean(line) == text


def test_an_expression_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="not a regular expression"):
        compile_pattern("(")
