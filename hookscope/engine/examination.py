"""The doctor's examination of the live run that asks for it."""

from pathlib import Path
from typing import Any

from hookscope.diagnosis.doctor.collector import DoctorRequest
from hookscope.diagnosis.doctor.examination import examine
from hookscope.model.record import SANDBOX
from hookscope.scope import ScopeKind
from hookscope.settings import App, RunSettings


async def examine_run(settings: RunSettings, *, app: App, ledger_file: Path) -> list[dict[str, Any]]:
    """Return the findings on a run's app and objects, as objects of the JSON output. Raises HookscopeError."""
    request = DoctorRequest(
        app=app,
        secrets=settings.secrets,
        journal=settings.journal,
        ledger=ledger_file,
        captured_for=SANDBOX if settings.sandbox else app.app_id,
        wanted={topic.object: topic.fields or () for topic in settings.topics},
        page_ids=tuple(scope.id for scope in settings.accounts if scope.kind is ScopeKind.PAGE),
        verify_token=settings.lease.verify_token,
        waba_id=next((account.id for account in settings.accounts if account.kind is ScopeKind.WABA), None),
    )
    return [line.as_json() for line in await examine(request, notify=lambda _: None)]
