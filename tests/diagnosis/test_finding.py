"""The verdict of one check."""

from hookscope.diagnosis.finding import Finding, State


def test_only_a_fault_fails() -> None:
    failed = {state: Finding(id="a.b", state=state, what="it").failed for state in State}
    assert failed == {State.OK: False, State.WARNING: False, State.FAILED: True, State.UNKNOWN: False}


def test_the_object_names_every_part() -> None:
    finding = Finding(
        id="handshake.wrong-token", state=State.FAILED, what="refused", why="the token differs", next_step="set it"
    )
    assert finding.as_json() == {
        "id": "handshake.wrong-token",
        "state": "failed",
        "what": "refused",
        "why": "the token differs",
        "next_step": "set it",
    }
