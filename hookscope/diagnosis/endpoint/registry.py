"""All checks of an endpoint, in the order in which they are made."""

from collections.abc import Sequence

from hookscope.diagnosis.endpoint.answer_checks import ANSWER_CHECKS
from hookscope.diagnosis.endpoint.check import EndpointCheck
from hookscope.diagnosis.endpoint.handshake_checks import HANDSHAKE_CHECKS
from hookscope.diagnosis.endpoint.payload_checks import PAYLOAD_CHECKS
from hookscope.diagnosis.endpoint.signature_checks import SIGNATURE_CHECKS
from hookscope.diagnosis.endpoint.transport_checks import TRANSPORT_CHECKS
from hookscope.errors import UsageError

CHECKS: tuple[EndpointCheck, ...] = (
    *HANDSHAKE_CHECKS,
    *SIGNATURE_CHECKS,
    *PAYLOAD_CHECKS,
    *TRANSPORT_CHECKS,
    *ANSWER_CHECKS,
)


def chosen(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[EndpointCheck, ...]:
    """Return the checks whose ids are, or begin with, one of `only` (all when empty) and none of `skip`.

    The checks that others rest on are among them whenever one of these is. Raises UsageError for a name that chooses no
    check, and when none is left.
    """
    for name in (*only, *skip):
        if not any(_matches(check, name) for check in CHECKS):
            groups = ", ".join(dict.fromkeys(check.id.partition(".")[0] for check in CHECKS))
            raise UsageError(f"there is no check {name!r}", hint=f"name a check by its id, or a group: {groups}")
    wanted = [
        check
        for check in CHECKS
        if (not only or any(_matches(check, name) for name in only)) and not any(_matches(check, name) for name in skip)
    ]
    if not wanted:
        raise UsageError("what is chosen and what is skipped leave no check", hint="leave one of them out")
    needed = {name for check in wanted for name in check.after}
    return tuple(check for check in CHECKS if check in wanted or check.id in needed)


def _matches(check: EndpointCheck, name: str) -> bool:
    """Return whether a name is a check's id, or its group."""
    return check.id == name or check.id.startswith(f"{name}.")
