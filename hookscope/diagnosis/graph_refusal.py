"""A call that the Graph API refused, explained as one finding: token, permission, parameter, limit, or outage.

Sources: Meta's guide "Handling errors" for the codes; recorded answers for the texts.
"""

import re

from hookscope.diagnosis.finding import Finding, State
from hookscope.meta.graph_error import GraphFault

_NAMED_PERMISSION = re.compile(r"subscribe to the (\w+) field, one of these permissions is needed: ([\w, ]+)")
_TOKEN_IDS = {
    458: "graph.token-app-removed",
    459: "graph.token-checkpoint",
    460: "graph.token-password-changed",
    463: "graph.token-expired",
    464: "graph.token-unconfirmed",
    467: "graph.token-invalid",
    492: "graph.token-no-role",
}
_IDS = {
    3: "graph.no-access",
    15: "graph.app-token-wanted",
    101: "graph.app-id-unknown",
    102: "graph.session-over",
    368: "graph.blocked",
    803: "graph.no-such-id",
    2500: "graph.unknown-path",
}


def explain_fault(fault: GraphFault) -> Finding:
    """Return the finding for an error that has nothing to do with a verification."""
    name, what, step = _fault_id(fault), fault.cause, fault.hint
    match name:
        case "graph.callback-url":
            what, step = "Meta does not accept the callback URL", "give a full https URL, with a public host name"
        case "graph.object":
            what, step = "the app has no such object", "check --object; its product may be missing from the app"
        case "graph.permission" if named := _NAMED_PERMISSION.findall(fault.message):
            fields = ", ".join(field for field, _ in named)
            needed = ", ".join(dict.fromkeys(permission.strip() for _, permission in named))
            what = f"the permission for {fields} is missing: {needed}"
            step = f"get {needed} for the token or the app, or ask for fewer fields"
        case "graph.blocked":
            step = (
                "wait a day: Meta locks out callbacks and apps that fail repeatedly; check the App Dashboard's alerts"
            )
    return Finding(id=name, state=State.FAILED, what=what, why=fault.user_message or str(fault), next_step=step)


def _fault_id(fault: GraphFault) -> str:
    if not fault.enveloped:
        return "graph.not-meta"
    if fault.is_field_permission:
        return "graph.field-permission"
    if fault.code == 190:
        return _TOKEN_IDS.get(fault.subcode, "graph.token-refused")
    if fault.is_proof_fault:
        return "graph.proof-refused"
    if fault.code == 100:
        return _parameter_id(fault.message)
    if fault.is_rate_limit:
        return "graph.rate-limit"
    if fault.code == 10 or 200 <= fault.code <= 299:
        return "graph.permission"
    if fault.is_outage:
        return "graph.outage"
    return _IDS.get(fault.code, "graph.refused")


def _parameter_id(message: str) -> str:
    if "callback_url" in message:
        return "graph.callback-url"
    if "must be one of" in message:
        return "graph.unknown-field"
    return "graph.object" if message.endswith("Invalid parameter") else "graph.parameter"
