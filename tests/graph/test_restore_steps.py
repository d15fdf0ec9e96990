"""The next step of the way back."""

import pytest

from hookscope.graph.ledger_entry import LedgerEntry
from hookscope.graph.restore_steps import RestoreAction, RestoreStep, next_step, predict
from hookscope.meta.subscription import Subscription
from tests.graph.make import displacing, entry, subscription

OURS, MOVED, PROD, OTHER = "https://ours/1", "https://ours/2", "https://prod/hook", "https://other/hook"
REMOVE, RESTORE = RestoreStep(action=RestoreAction.REMOVE), RestoreStep(action=RestoreAction.RESTORE, fields=("feed",))


def trim(*fields: str) -> RestoreStep:
    return RestoreStep(action=RestoreAction.TRIM, fields=fields)


@pytest.mark.parametrize(
    ("of", "current", "step"),
    [
        # There was nothing before.
        (entry(), None, None),
        (entry(), subscription(OURS, "feed"), REMOVE),
        (entry(), subscription(OTHER, "feed"), None),
        (entry(callback_urls=(OURS, MOVED)), subscription(OURS, "feed"), REMOVE),
        (entry(callback_urls=(OURS, MOVED)), subscription(MOVED, "feed"), REMOVE),
        (entry(), subscription("https://OURS:443/1", "feed"), REMOVE),
        # Somebody else's callback was displaced, and can be put back.
        (displacing("feed"), None, None),
        (displacing("feed"), subscription(PROD, "feed"), None),
        (displacing("feed"), subscription(OTHER, "feed"), None),
        (displacing("feed"), subscription(OURS, "feed"), RESTORE),
        (displacing("feed", fields=("feed", "mention")), subscription(OURS, "feed", "mention"), trim("mention")),
        (displacing("feed", fields=("mention",)), subscription(OURS, "feed", "mention"), trim("mention")),
        (displacing("feed", fields=("mention",)), subscription(OURS, "feed"), RESTORE),
        (displacing("feed", fields=("mention",)), subscription(OURS, "feed", "theirs"), RESTORE),
        (displacing("feed", fields=("mention",)), subscription(PROD, "feed", "mention"), None),
        # It cannot be put back.
        (displacing("feed", restore_verify_token=None), subscription(OURS, "feed"), REMOVE),
        (displacing("feed", restore_verify_token=None), subscription(PROD, "feed"), None),
        # Our own callback was registered before.
        (entry(displaced=subscription(OURS, "a"), fields=("a", "b")), subscription(OURS, "a", "b"), trim("b")),
        (entry(displaced=subscription(OURS, "a"), fields=("a",)), subscription(OURS, "a", "c"), None),
    ],
)
def test_the_next_step_follows_from_what_is_registered(
    of: LedgerEntry, current: Subscription | None, step: RestoreStep | None
) -> None:
    assert next_step(of, current) == step


@pytest.mark.parametrize(
    ("of", "current", "after"),
    [
        (entry(), subscription(OURS, "feed"), None),
        (entry(), subscription(OTHER, "feed"), subscription(OTHER, "feed")),
        (entry(), None, None),
        (
            displacing("feed", fields=("mention",), displaced=subscription(PROD, "feed", active=False)),
            subscription(OURS, "feed", "mention", "theirs"),
            subscription(PROD, "feed", "theirs"),
        ),
        (
            entry(displaced=subscription(OURS, "a"), fields=("a", "b")),
            subscription(OURS, "a", "b"),
            subscription(OURS, "a"),
        ),
    ],
)
def test_the_end_can_be_foreseen(of: LedgerEntry, current: Subscription | None, after: Subscription | None) -> None:
    assert predict(of, current) == after
