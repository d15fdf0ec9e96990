"""All checks of an endpoint, in the order in which they are made."""

from hookscope.diagnosis.endpoint.answer_checks import ANSWER_CHECKS
from hookscope.diagnosis.endpoint.check import Check
from hookscope.diagnosis.endpoint.handshake_checks import HANDSHAKE_CHECKS
from hookscope.diagnosis.endpoint.payload_checks import PAYLOAD_CHECKS
from hookscope.diagnosis.endpoint.signature_checks import SIGNATURE_CHECKS
from hookscope.diagnosis.endpoint.transport_checks import TRANSPORT_CHECKS

CHECKS: tuple[Check, ...] = (
    *HANDSHAKE_CHECKS,
    *SIGNATURE_CHECKS,
    *PAYLOAD_CHECKS,
    *TRANSPORT_CHECKS,
    *ANSWER_CHECKS,
)


def chosen(only: tuple[str, ...] = (), skip: tuple[str, ...] = ()) -> tuple[Check, ...]:
    """Return the checks whose ids are, or begin with, one of `only` (all when empty) and none of `skip`.

    The check that others rest on is among them whenever one of these is.
    """

    def matches(check: Check, names: tuple[str, ...]) -> bool:
        return any(check.id == name or check.id.startswith(f"{name}.") for name in names)

    wanted = [one for one in CHECKS if (not only or matches(one, only)) and not matches(one, skip)]
    needed = {name for one in wanted for name in one.after}
    return tuple(one for one in CHECKS if one in wanted or one.id in needed)


def unknown_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the names that choose no check."""
    return tuple(name for name in names if not any(one.id == name or one.id.startswith(f"{name}.") for one in CHECKS))
