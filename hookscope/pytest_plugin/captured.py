"""`captured`: the registrations of the app under test, the requests to it, and its answers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from hookscope import filter as filters
from hookscope.filter import Filter
from hookscope.formats.plain_text import heading
from hookscope.model.record import Capture, Kind
from hookscope.model.timestamps import now
from hookscope.pytest_plugin.awaiting import to_await
from hookscope.pytest_plugin.exchanges import AppSubscription, Exchanges
from hookscope.pytest_plugin.waiting import Synchronous, Waiting, blocking
from hookscope.views.sanitize import sanitize

if TYPE_CHECKING:
    from concurrent.futures import Future

_T = TypeVar("_T")
_TIMEOUT_SECONDS = 5.0
_MOST_SHOWN = 20
__tracebackhide__ = True


class AppCaptures:
    """The captures of a test: every request to the app by `meta_webhook` and by the sandbox, with its answer.

    Filters are those of the command line, such as `field:feed comment` or `kind:handshake status:2xx`.
    """

    def __init__(self, exchanges: Exchanges, waiting: Waiting) -> None:
        self._exchanges = exchanges
        self._waiting = waiting

    @property
    def captures(self) -> tuple[Capture, ...]:
        """All captures so far, in order; their ids count from 1."""
        return self._exchanges.captures

    @property
    def subscriptions(self) -> tuple[AppSubscription, ...]:
        """The app's current registrations at the sandbox: `object`, `callback_url`, `fields`, `active`."""
        return self._exchanges.subscriptions

    def matching(self, wanted: str) -> list[Capture]:
        """Return the captures so far that match a filter. Raises FilterError, a UsageError.

        assert not captured.matching("status:5xx")
        """
        parsed = filters.parse(wanted)
        return [capture for capture in self.captures if _matches(parsed, capture)]

    @to_await
    async def expect(self, wanted: str, timeout: float = _TIMEOUT_SECONDS) -> Capture:  # noqa: ASYNC109
        """Return the first capture that matches a filter; wait for it, `timeout` seconds at most.

        On failure, the test lists all captures. Raises FilterError, a UsageError, for an invalid filter.

            comment = await captured.expect("field:feed comment", timeout=5)
            assert comment.reply.status == 200
        """
        parsed = filters.parse(wanted)

        def find() -> Capture | None:
            return next((capture for capture in self.captures if _matches(parsed, capture)), None)

        return await self._wait(self._exchanges.until(find), timeout, f"no capture matches {wanted!r}")

    @to_await
    async def expect_subscription(
        self,
        topic: str,
        fields: str | Iterable[str] = (),
        timeout: float = _TIMEOUT_SECONDS,  # noqa: ASYNC109
    ) -> AppSubscription:
        """Return the app's active subscription to an object with at least these fields; wait for it.

        `fields` may be one text, with commas. On failure, the test lists the app's registrations.

            page = await captured.expect_subscription("page", fields="feed")
            assert page.callback_url.endswith("/webhook")
        """
        names = fields.split(",") if isinstance(fields, str) else fields
        needed = {name.strip() for name in names} - {""}

        def find() -> AppSubscription | None:
            there = (one for one in self.subscriptions if one.object == topic and one.active)
            return next((one for one in there if needed <= {*one.fields}), None)

        with_fields = f" with {', '.join(sorted(needed))}" if needed else ""
        failure = f"the app has no active subscription to {topic!r}{with_fields}"
        return await self._wait(self._exchanges.until(find), timeout, failure)

    async def _wait(self, future: "Future[_T]", seconds: float, failure: str) -> _T:
        try:
            return await self._waiting.wait(future, seconds)
        except TimeoutError:
            raise AssertionError(f"{failure} within {seconds:g} s\n{self._overview()}") from None

    def _overview(self) -> str:
        """Return a line for each capture."""
        captures = self.captures
        left_out = len(captures) - _MOST_SHOWN
        return "\n".join(
            (
                f"captures: {len(captures) or 'none'}",
                *((f"  … {left_out} earlier ones",) if left_out > 0 else ()),
                *(f"  {_line(capture)}" for capture in captures[-_MOST_SHOWN:]),
                f"subscriptions: {'' if self.subscriptions else 'none'}",
                *(f"  {one.object} ({', '.join(one.fields)}) → {one.callback_url}" for one in self.subscriptions),
            )
        )


class AppCapturesSync(Synchronous[AppCaptures]):
    """The same as AppCaptures for synchronous tests: `expect` and `expect_subscription` block."""

    expect = blocking(AppCaptures.expect)
    expect_subscription = blocking(AppCaptures.expect_subscription)

    @property
    def captures(self) -> tuple[Capture, ...]:
        """All captures so far, in order; their ids count from 1."""
        return self._inner.captures

    @property
    def subscriptions(self) -> tuple[AppSubscription, ...]:
        """The app's current registrations at the sandbox: `object`, `callback_url`, `fields`, `active`."""
        return self._inner.subscriptions

    def matching(self, wanted: str) -> list[Capture]:
        """Return the captures so far that match a filter. Raises FilterError, a UsageError."""
        return self._inner.matching(wanted)


def _matches(wanted: Filter, capture: Capture) -> bool:
    return filters.matches(wanted, capture, now(), (_status(capture),))


def _status(capture: Capture) -> str:
    return "err" if capture.reply.status is None else str(capture.reply.status)


def _line(capture: Capture) -> str:
    signed = f"  sig {capture.signature.verdict}" if capture.kind is Kind.NOTIFICATION else ""
    return sanitize(f"#{capture.id}  {heading(capture)}{signed}  [{_status(capture)}]")
