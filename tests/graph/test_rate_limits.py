"""Rate limits, watched."""

import json
from typing import Any

import pytest

from hookscope.graph.rate_limits import RateLimitMonitor
from hookscope.model.run_events import Level, Notice


def app_usage(**figures: Any) -> dict[str, str]:
    return {"x-app-usage": json.dumps(figures)}


def test_each_level_is_told_once() -> None:
    notices: list[Notice] = []
    watch = RateLimitMonitor(notices.append)
    for percent in (10, 74.9, 75, 80, 89, 90, 95, 100, 120, 60, 100):
        watch.look(app_usage(call_count=percent, total_time=1, total_cputime=2))
    assert [notice.level for notice in notices] == [Level.WARNING, Level.WARNING, Level.ERROR]
    assert [notice.message[:21] for notice in notices] == [f"the app has used {n} %" for n in ("75", "90")] + [
        "the app has used 100 "
    ]


def test_a_jump_is_told_once() -> None:
    notices: list[Notice] = []
    watch = RateLimitMonitor(notices.append)
    watch.look(app_usage(total_cputime=100))
    watch.look(app_usage(total_cputime=76))
    assert len(notices) == 1


def test_the_usage_of_a_page_counts() -> None:
    notices: list[Notice] = []
    RateLimitMonitor(notices.append).look({"x-app-usage": "{}", "x-page-usage": json.dumps({"call_count": 91})})
    assert "91 %" in notices[0].message


def test_business_usage_counts_and_tells_when_access_is_regained() -> None:
    notices: list[Notice] = []
    figures = [{"type": "pages", "call_count": 5}, {"type": "leads", "total_time": 100}]
    figures[1]["estimated_time_to_regain_access"] = 19
    RateLimitMonitor(notices.append).look({"x-business-use-case-usage": json.dumps({"123": figures})})
    assert "100 %" in notices[0].message
    assert "19 min" in notices[0].message


@pytest.mark.parametrize(
    "value", ["", "nonsense", "[]", "7", '{"call_count":"99"}', '{"call_count":true}', '{"1":[99,null]}', "[" * 9999]
)
def test_a_header_of_another_shape_is_ignored(value: str) -> None:
    notices: list[Notice] = []
    watch = RateLimitMonitor(notices.append)
    watch.look({"x-app-usage": value, "x-business-use-case-usage": value})
    watch.look({})
    assert notices == []
