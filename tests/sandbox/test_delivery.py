"""The retries of a delivery."""

from itertools import pairwise

from hookscope.sandbox.delivery import retry_delays


def test_retries_come_less_and_less_often() -> None:
    delays = list(retry_delays("page"))

    assert delays[:8] == [0, 10, 30, 60, 300, 900, 3600, 7200]
    assert all(earlier <= later for earlier, later in pairwise(delays))


def test_meta_gives_up_after_36_hours_and_whatsapp_after_7_days() -> None:
    for topic, hours in (("page", 36), ("whatsapp_business_account", 7 * 24)):
        delays = list(retry_delays(topic))
        assert sum(delays) <= hours * 3600
        assert sum(delays) + 2 * delays[-1] > hours * 3600
