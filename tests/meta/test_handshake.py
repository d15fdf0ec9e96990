import pytest

from hookscope.meta.handshake import explain_answer, judge, request_url

TOKEN = "meatyhamhock"


def query(mode: str = "subscribe", challenge: str = "1158201444", token: str = TOKEN) -> list[tuple[str, str]]:
    return [("hub.mode", mode), ("hub.challenge", challenge), ("hub.verify_token", token)]


def test_a_right_request_is_accepted_with_its_challenge() -> None:
    verdict = judge(query(), TOKEN)
    assert verdict.accepted
    assert verdict.challenge == "1158201444"
    assert verdict.reason is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ([], "no query string"),
        (query(mode="unsubscribe"), "hub.mode"),
        (query(challenge=""), "hub.challenge missing"),
        (query(token=""), "hub.verify_token missing"),
        ([("hub_mode", "subscribe"), ("hub_challenge", "1"), ("hub_verify_token", TOKEN)], "underscores"),
        (query(token="other"), "a different one"),
        (query(token=f" {TOKEN} "), "altered on the way"),
        (query(token="meaty\\\\hamhock"), "altered on the way"),
    ],
)
def test_a_wrong_request_is_rejected_with_the_reason(asked: list[tuple[str, str]], told: str) -> None:
    verdict = judge(asked, TOKEN)
    assert not verdict.accepted
    assert verdict.challenge is None
    assert told in (verdict.reason or "")
    assert TOKEN not in (verdict.reason or "")


def test_a_token_with_any_characters_can_be_compared() -> None:
    assert judge(query(token="ü\udcff"), "ü\udcff").accepted
    assert not judge(query(token="ü\udcff"), TOKEN).accepted


def test_the_first_of_two_equal_parameters_counts() -> None:
    assert not judge([*query(token="wrong"), ("hub.verify_token", TOKEN)], TOKEN).accepted


def test_the_parameters_are_appended_to_the_callback_url() -> None:
    url = request_url("https://x.example/hook?a=b", challenge="1", verify_token="t t")
    assert url == "https://x.example/hook?a=b&hub.mode=subscribe&hub.challenge=1&hub.verify_token=t+t"
    assert request_url("https://x.example/", challenge="1", verify_token="t").startswith("https://x.example/?hub.mode")


@pytest.mark.parametrize(
    ("status", "content_type", "body", "told"),
    [
        (302, "", b"", "redirects"),
        (404, "", b"", "nothing answers at that path"),
        (403, "", b"", "refused"),
        (502, "", b"", "down or failing"),
        (201, "", b"39676783", "instead of 200"),
        (200, "", b"", "empty body"),
        (200, "application/json", b'"39676783"', "JSON quotes"),
        (200, "", b"3967678339676783", "twice"),
        (200, "", b"39676783\n", "white space"),
        (200, "text/html; charset=utf-8", b"<!DOCTYPE html>", "HTML page"),
        (200, "", b"OK", "not the challenge"),
    ],
)
def test_an_answer_that_meta_would_not_take_is_explained(
    status: int, content_type: str, body: bytes, told: str
) -> None:
    assert told in (explain_answer(status, content_type, body, "39676783") or "")


def test_the_bare_challenge_with_200_is_right_whatever_its_type() -> None:
    assert explain_answer(200, "text/html", b"39676783", "39676783") is None
