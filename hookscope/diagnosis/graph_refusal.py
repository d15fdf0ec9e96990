"""A call that the Graph API refused, explained as one finding: token, permission, parameter, limit, or outage.

Source: recorded answers for the texts; the codes are in `hookscope.meta.graph_codes`.
"""

import re

from hookscope.diagnosis.finding import Finding, State
from hookscope.meta.graph_error import GraphFault

_NAMED_PERMISSION = re.compile(r"subscribe to the (\w+) field, one of these permissions is needed: ([\w, ]+)")


def explain_fault(fault: GraphFault) -> Finding:
    """Return the finding for an error that has nothing to do with a verification."""
    meaning = fault.meaning
    name, what, step = meaning.id, meaning.cause, meaning.hint
    if name == "graph.parameter":
        name = _parameter_id(fault.message)
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
    return Finding(id=name, state=State.FAILED, what=what, why=fault.user_message or str(fault), next_step=step)


def _parameter_id(message: str) -> str:
    if "callback_url" in message:
        return "graph.callback-url"
    return "graph.object" if message.endswith("Invalid parameter") else "graph.parameter"
