"""The checks of tokens, by what Meta says about them."""

from datetime import timedelta
from typing import Any

import pytest

from hookscope.diagnosis.doctor.evidence import Evidence, GivenToken, RegisteredSubscription
from hookscope.diagnosis.doctor.examination import judge
from hookscope.diagnosis.finding import Finding, State
from hookscope.meta.catalog import WHATSAPP
from hookscope.meta.subscription import Subscription
from hookscope.meta.token_info import TokenInfo
from tests.support.captures import WHEN

WHATSAPP_SCOPE = "whatsapp_business_management"
SCOPES = ("pages_manage_metadata", "pages_messaging", "leads_retrieval")


def findings(
    *fields: str, variable: str = "PAGE", topics: tuple[str, ...] = ("page",), **changes: object
) -> dict[str, Finding]:
    """Return the finding of each check of a token, by default a Page's, with subscriptions of these fields."""
    usual = {"app_id": "1", "kind": variable, "application": "Mine", "is_valid": True, "scopes": SCOPES}
    info = TokenInfo(**{**usual, **changes})  # type: ignore[arg-type]
    subscriptions = [
        Subscription(object=topic, callback_url="https://x/", fields=fields or ("feed",), active=True)
        for topic in topics
    ]
    evidence = Evidence(
        app_id="1",
        graph_version="v25.0",
        at=WHEN,
        graph=Finding(id="app.credentials", state=State.OK, what="accepted"),
        registered=tuple(RegisteredSubscription(subscription=one) for one in subscriptions),
        tokens=(GivenToken(variable=f"HOOKSCOPE_{variable}_TOKEN", expected=variable, info=info),),
    )
    found = {line.check.id: line.finding for line in judge(evidence)}
    return {name: finding for name, finding in found.items() if name.startswith("token.")}


def states(*fields: str, **changes: Any) -> dict[str, State]:
    """Return the states of `findings`."""
    return {name: finding.state for name, finding in findings(*fields, **changes).items()}


GREEN = dict.fromkeys(("token.valid", "token.app", "token.kind", "token.scopes", "token.expiry"), State.OK)


@pytest.mark.parametrize(
    ("fields", "changes", "wrong"),
    [
        ((), {}, {}),
        (("leadgen",), {"scopes": SCOPES[:2]}, {"token.scopes": State.FAILED}),
        (("messages",), {"scopes": SCOPES[:1]}, {"token.scopes": State.FAILED}),
        (("feed",), {"scopes": SCOPES[:1]}, {}),
        ((), {"app_id": "2"}, {"token.app": State.FAILED}),
        ((), {"kind": "USER"}, {"token.kind": State.FAILED}),
        ((), {"kind": ""}, {"token.kind": State.FAILED}),
        ((), {"variable": "USER", "kind": "SYSTEM_USER"}, {}),
        ((), {"topics": ("page", WHATSAPP)}, {}),
        ((), {"variable": "USER", "topics": ("page", WHATSAPP)}, {"token.scopes": State.FAILED}),
        ((), {"variable": "USER", "topics": (WHATSAPP,), "scopes": (WHATSAPP_SCOPE,)}, {}),
        ((), {"expires_at": WHEN + timedelta(days=2)}, {"token.expiry": State.WARNING}),
        ((), {"expires_at": WHEN + timedelta(days=60)}, {}),
        ((), {"data_access_expires_at": WHEN + timedelta(days=2)}, {"token.expiry": State.WARNING}),
    ],
)
def test_each_fault_of_a_token_has_its_own_line(
    fields: tuple[str, ...], changes: dict[str, object], wrong: dict[str, State]
) -> None:
    assert states(*fields, **changes) == GREEN | wrong


def test_nothing_else_is_asked_of_a_token_that_is_not_valid() -> None:
    assert states(is_valid=False, reason="expired") == {"token.valid": State.FAILED}


@pytest.mark.parametrize(("application", "shown"), [("Other", "for app 2 (Other), not"), ("", "for app 2, not")])
def test_the_app_of_a_token_is_named_as_far_as_it_is_known(application: str, shown: str) -> None:
    assert shown in findings(app_id="2", application=application)["token.app"].what
