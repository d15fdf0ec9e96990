from unittest.mock import patch

from hookscope.meta import notification
from hookscope.model.unpacked import unpack
from tests.support.captures import feed_body, make_capture
from tests.support.identities import identities


def test_a_body_is_decoded_once_for_the_journal_and_does_not_wait_decoded() -> None:
    capture = make_capture(feed_body("hello"))
    before = dict(vars(capture))
    with patch.object(notification, "parse", wraps=notification.parse) as parse:
        assert capture.identify() == identities(capture.request.body)
        assert capture.leaders() == ()
    assert parse.call_count == 1
    assert vars(capture) == before
    assert capture.unpacked == unpack(capture.request.body)


def test_identifying_without_reading_gives_the_same_capture() -> None:
    capture, other = make_capture(feed_body("hello")), make_capture(feed_body("hello"))
    capture.identify()
    assert capture == other
