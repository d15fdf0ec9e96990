"""The doctor, as a live run asks it about itself."""

from typing import Any

from hookscope.diagnosis.doctor.collector import DoctorRequest
from hookscope.diagnosis.doctor.examination import examine
from hookscope.engine.registration import Registration
from hookscope.model.record import SANDBOX
from hookscope.settings import RunSettings, ScopeKind


async def examine_run(settings: RunSettings, registration: Registration) -> list[dict[str, Any]]:
    """Return the findings on the run's app and objects, as objects of the JSON output. Raises HookscopeError."""
    app = registration.app
    request = DoctorRequest(
        app=app,
        secrets=settings.secrets,
        journal=settings.journal,
        ledger=registration.ledger_file,
        captured_for=SANDBOX if settings.sandbox else app.app_id,
        wanted={topic.object: topic.fields or () for topic in settings.topics},
        page_ids=tuple(scope.id for scope in settings.accounts if scope.kind is ScopeKind.PAGE),
        verify_token=settings.lease.verify_token,
        waba_id=next((account.id for account in settings.accounts if account.kind is ScopeKind.WABA), None),
    )
    return [line.as_json() for line in await examine(request, notify=lambda _: None)]
