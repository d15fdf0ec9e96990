"""n8n's three triggers for Meta: Facebook, Facebook Lead Ads and WhatsApp."""

from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome
from tests.interop.sandbox import against_sandbox


async def _check(installation: Installation) -> list[Outcome]:
    return await against_sandbox(installation, "n8n.cjs")


LIBRARY = Library(
    name="n8n-nodes-base",
    version="2.41.2",
    registry="npm",
    requirements=(
        "n8n-nodes-base@2.41.2",
        "n8n-workflow@2.41.0",
    ),
    check=_check,
    overrides={"@n8n/backend-network": "1.15.1", "@n8n/config": "2.39.0"},
    known={
        "Facebook: finds its own subscription": "it looks for `status`, and Meta answers `active`",
    },
)
