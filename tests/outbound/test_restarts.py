from hookscope.outbound.forward.restarts import Restarts


def test_the_first_end_is_told_and_followed_by_a_start_at_once() -> None:
    restarts = Restarts()
    restarts.count(came_up=True, seconds=1)
    assert (restarts.is_news, restarts.delay, restarts.is_hopeless) == (True, 0.0, False)


def test_a_process_that_keeps_ending_is_restarted_later_and_later_and_reported_once() -> None:
    restarts, delays = Restarts(), []
    for number in range(20):
        restarts.count(came_up=True, seconds=1)
        assert restarts.is_news == (number == 0)
        delays.append(restarts.delay)
    assert delays == sorted(delays)
    assert delays[-1] == 30
    assert not restarts.is_hopeless


def test_after_a_long_life_an_end_is_a_first_one_again() -> None:
    restarts = Restarts()
    for seconds in (1, 1, 3600):
        restarts.count(came_up=True, seconds=seconds)
    assert (restarts.is_news, restarts.delay) == (True, 0.0)


def test_only_what_never_came_up_is_hopeless() -> None:
    restarts = Restarts()
    for came_up in (False, False, False, False, True, False, False, False, False):
        restarts.count(came_up=came_up, seconds=1)
        assert not restarts.is_hopeless
    restarts.count(came_up=False, seconds=1)
    assert restarts.is_hopeless
