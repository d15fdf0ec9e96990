import pytest

from hookscope.engine.stop_conditions import StopConditions
from hookscope.errors import UsageError
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Kind, Source
from hookscope.settings import StopSettings
from tests.support.captures import feed_body, make_capture, make_handshake

FORGED = make_capture(signature=Signature(verdict=SignatureVerdict.INVALID))


def test_without_a_rule_a_run_goes_on() -> None:
    rule = StopConditions(StopSettings())
    assert rule.reason_to_stop(make_capture()) is None
    assert not rule.is_unmet


def test_it_stops_after_so_many_notifications() -> None:
    rule = StopConditions(StopSettings(after=2))
    for other in (make_handshake(), make_capture(kind=Kind.STRAY), make_capture(source=Source.REPLAY)):
        assert rule.reason_to_stop(other) is None
    assert rule.reason_to_stop(make_capture()) is None
    assert "--exit-after 2" in (rule.reason_to_stop(make_capture()) or "")


def test_a_forgery_is_a_notification_that_counts() -> None:
    assert "--exit-after 1" in (StopConditions(StopSettings(after=1)).reason_to_stop(FORGED) or "")


def test_it_stops_with_what_was_expected() -> None:
    rule = StopConditions(StopSettings(expect="field:feed grüße"))
    assert rule.reason_to_stop(make_capture()) is None
    assert rule.is_unmet
    assert "#7" in (rule.reason_to_stop(make_capture(feed_body("Grüße"), id=7)) or "")
    assert not rule.is_unmet


def test_a_forgery_meets_no_expectation_unless_it_is_one_of_forgeries() -> None:
    assert StopConditions(StopSettings(expect="field:feed")).reason_to_stop(FORGED) is None
    assert StopConditions(StopSettings(expect="field:feed sig:invalid")).reason_to_stop(FORGED)


def test_whichever_comes_first_counts() -> None:
    rule = StopConditions(StopSettings(expect="field:leadgen", after=1))
    assert rule.reason_to_stop(make_capture())
    assert rule.is_unmet


def test_an_expectation_that_is_no_filter_is_refused() -> None:
    with pytest.raises(UsageError):
        StopConditions(StopSettings(expect="objct:page"))
