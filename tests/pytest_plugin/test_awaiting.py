from typing import Any

from hookscope.pytest_plugin.awaiting import to_await
from hookscope.pytest_plugin.exchanges import Exchanges
from hookscope.pytest_plugin.waiting import run_blocking


class Fixture:
    def __init__(self) -> None:
        self._exchanges = Exchanges()

    @to_await
    async def send(self, what: Any) -> Any:
        return what


def test_a_call_that_nobody_awaited_is_named_once_and_closed() -> None:
    fixture = Fixture()
    assert run_blocking(fixture.send("awaited")) == "awaited"
    forgotten = fixture.send("not awaited")
    assert fixture._exchanges.calls.end() == ["send"]
    assert forgotten.cr_frame is None  # type: ignore[attr-defined]
