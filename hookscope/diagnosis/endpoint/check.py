"""One check of an endpoint, and the values that it works with."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto

from msgspec import Struct

from hookscope.diagnosis.endpoint.client import EndpointClient, RoundTrip
from hookscope.diagnosis.endpoint.notifications import Notifications
from hookscope.diagnosis.finding import State
from hookscope.secret_sources import Secret

REPEATS = (
    "Meta sends the notification again for up to 36 hours (WhatsApp: 7 days), and unsubscribes an app that goes on "
    "failing to answer 200"
)
"""The consequence of failing; source: "Webhooks: Get started", and the Messenger and WhatsApp documents."""

ACKNOWLEDGE_FIRST = "acknowledge with 200 first, and process the events afterward, in a queue or a task"

RAISE_LIMIT = (
    "raise the limit on bodies to 4 MB, in the framework (Django: DATA_UPLOAD_MAX_MEMORY_SIZE) and in every proxy "
    "(nginx: client_max_body_size)"
)


class Need(Enum):
    """A value that a check requires."""

    TOKEN = auto()
    SECRET = auto()


class Verdict(Struct, frozen=True, kw_only=True):
    """The outcome of a check, without its id: see Finding."""

    state: State
    what: str
    why: str | None = None
    next_step: str | None = None


class Subject(Struct, frozen=True, kw_only=True):
    """The endpoint under examination, and what is known about it."""

    client: EndpointClient
    notifications: Notifications
    verify_token: str | None
    secret: Secret | None


class EndpointCheck(Struct, frozen=True, kw_only=True):
    """A check: its id, a title, and the function that performs it.

    `needs` must be known, and the checks in `after` must have passed; otherwise its outcome cannot be known.
    """

    id: str
    title: str
    run: Callable[[Subject], Awaitable[Verdict]]
    needs: tuple[Need, ...] = ()
    after: tuple[str, ...] = ()


def passed(what: str) -> Verdict:
    """Return the verdict of a check that passed."""
    return Verdict(state=State.OK, what=what)


def warned(what: str, why: str, next_step: str) -> Verdict:
    """Return a warning: the verdict on something that works but should be changed."""
    return Verdict(state=State.WARNING, what=what, why=why, next_step=next_step)


def failed(what: str, why: str, next_step: str) -> Verdict:
    """Return the verdict of a check that failed: `why` says what Meta would do, `next_step` how to fix it."""
    return Verdict(state=State.FAILED, what=what, why=why, next_step=next_step)


def unknown(what: str, why: str, next_step: str | None = None) -> Verdict:
    """Return the verdict of a check whose outcome cannot be known."""
    return Verdict(state=State.UNKNOWN, what=what, why=why, next_step=next_step)


def judge_acceptance(trip: RoundTrip, what: str, *, next_step: str | None = None) -> Verdict:
    """Return the verdict on the answer to a notification that must be accepted; `what` describes it."""
    if trip.status == 200:
        return passed(f"{what}: answered 200")
    if trip.is_accepted:
        return warned(
            f"{what}: answered {trip.status}",
            "Meta documents 200 as the answer; whether it accepts others is not known",
            "answer 200",
        )
    return failed(f"{what}: {trip.summary}", REPEATS, next_step or fix_for(trip))


def fix_for(trip: RoundTrip) -> str:
    """Return how to fix the answer to a notification."""
    match trip.status:
        case None:
            return "see your app's log; acknowledge first, then work"
        case 301 | 302 | 303 | 307 | 308:
            return "register the final URL, with its slash, host, and https: a redirect is not followed with the body"
        case 401 | 403:
            return "exempt the path from logins, CSRF protection, and bot filters; then compare the app secret"
        case 404 | 405 | 410:
            return "route POST to the same path as GET"
        case 413:
            return RAISE_LIMIT
        case 429:
            return "exempt the path from rate limits"
        case status if status >= 500:
            return "see your app's log: acknowledge with 200 first, and process events where exceptions are caught"
        case _:
            return "answer 200 to every notification with a valid signature, even one that the app has no use for"
