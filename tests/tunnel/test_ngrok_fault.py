import pytest

from hookscope.tunnel.ngrok_fault import is_unreachable, read_fault, redact

REFUSED = (
    "authentication failed: The authtoken you specified does not look like a proper ngrok authtoken.\\n"
    "Your authtoken: 2abcDEF_ghi\\nInstructions are on your dashboard\\r\\n\\r\\nERR_NGROK_105\\r\\n"
)


@pytest.mark.parametrize(
    ("code", "meaning", "hint"),
    [
        (105, "authtoken", "NGROK_AUTHTOKEN"),
        (107, "authtoken", "NGROK_AUTHTOKEN"),
        (108, "another ngrok agent", "end the other agent"),
        (121, "too old", "ngrok update"),
        (320, "another account", "--domain"),
        (334, "online already", "--domain"),
        (727, "this month", "plan"),
        (3200, "no agent", "tunnel"),
        (4018, "authtoken", "NGROK_AUTHTOKEN"),
        (6024, "warning page", "--public-url"),
        (8012, "cannot reach the receiver", "running"),
        (9009, "proxy", "https_proxy"),
    ],
)
def test_known_codes_say_what_they_mean_and_what_to_do(code: int, meaning: str, hint: str) -> None:
    fault = read_fault(f"some text\r\n\r\nERR_NGROK_{code}\r\n")
    assert fault
    assert fault.code == f"ERR_NGROK_{code}"
    assert meaning in str(fault)
    assert f"(ERR_NGROK_{code})" in str(fault)
    assert hint in fault.hint


def test_a_code_that_is_not_listed_keeps_ngroks_own_words() -> None:
    fault = read_fault('{"err":"Only on Fridays.\\r\\n\\r\\nERR_NGROK_99999\\r\\n"}')
    assert fault
    assert str(fault) == "err : Only on Fridays. (ERR_NGROK_99999)"
    assert fault.hint


def test_a_bare_code_that_is_not_listed_is_a_fault_too() -> None:
    assert str(read_fault("ERR_NGROK_99999")) == "ngrok refuses (ERR_NGROK_99999)"


@pytest.mark.parametrize("text", ["", "started tunnel", "ERR_NGROK_", "NGROK_105"])
def test_without_a_code_there_is_no_fault(text: str) -> None:
    assert read_fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "dial tcp: lookup connect.ngrok-agent.com: no such host",
        "dial tcp: lookup tunnel.ngrok.com on [::1]:53: server misbehaving",
        "dial tcp 192.0.2.1:443: connect: network is unreachable",
    ],
)
def test_a_network_that_is_not_there_is_recognized(text: str) -> None:
    assert is_unreachable(text)
    assert not is_unreachable(text[:20])


def test_the_token_that_ngrok_quotes_is_removed() -> None:
    assert "2abcDEF_ghi" not in redact(REFUSED)
    assert "ERR_NGROK_105" in redact(REFUSED)
    assert "Your authtoken: •••" in redact(REFUSED)


def test_known_secrets_are_removed_wherever_they_stand() -> None:
    assert redact("a s3cret, the s3cret; and more", ("s3cret", "", "more")) == "a •••, the •••; and •••"
