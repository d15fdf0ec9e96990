"""express: a webhook with its JSON parser passes every check of an endpoint."""

from tests.interop.endpoint import as_endpoint
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome


async def _check(installation: Installation) -> list[Outcome]:
    return await as_endpoint(installation, "express_endpoint.cjs", event="page.feed.comment")


LIBRARY = Library(
    name="express",
    version="5.1.0",
    registry="npm",
    requirements=("express@5.1.0",),
    check=_check,
)
