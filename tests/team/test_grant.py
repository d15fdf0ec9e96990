"""The lease of a shared log, as it is shown."""

from datetime import UTC, datetime

from rich.pretty import pretty_repr

from hookscope.team.log import Grant


def test_the_state_of_a_holder_is_never_shown() -> None:
    grant = Grant(fence=7, holder="anna", until=datetime(2026, 1, 1, tzinfo=UTC), state=b"s3cret")
    for shown in (repr(grant), pretty_repr(grant), repr([grant])):
        assert "s3cret" not in shown
        assert "holder='anna'" in shown
