"""A bug of ours ends the screen with a report that its user may paste anywhere."""

from pathlib import Path

import pytest

from hookscope.tui.app import HookscopeApp
from tests.support.captures import SECRET

OTHER = "fedcba9876543210fedcba9876543210"


@pytest.mark.parametrize("in_worker", [False, True])
async def test_the_report_of_a_bug_has_no_secret_and_no_control_character(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], in_worker: bool
) -> None:
    def fail() -> None:
        secrets = {"the app secret": SECRET}
        raise ValueError(f"no answer\x1b]0;gotcha\x07 to {OTHER}: {len(secrets)} known")

    async def fail_in_worker() -> None:
        fail()

    app = HookscopeApp(
        socket=str(tmp_path / "s"), journal=tmp_path / "j", secrets=(OTHER,), signing={"the app secret": SECRET}
    )

    async def crash() -> None:
        async with app.run_test() as pilot:
            if in_worker:
                app.run_worker(fail_in_worker())
            else:
                app.call_later(fail)
            await pilot.pause()

    with pytest.raises(Exception, match="no answer"):
        await crash()
    told = capsys.readouterr().err
    assert SECRET not in told
    assert OTHER not in told
    assert "\x1b]0" not in told
    whole = " ".join(told.split())  # Long lines are wrapped.
    assert "in fail raise ValueError(" in whole
    assert "no answer␛]0;gotcha␇ to REDACTED: 1 known" in whole
