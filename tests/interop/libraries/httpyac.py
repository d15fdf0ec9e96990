"""httpyac: sends what a `.http` file holds."""

from tests.interop.exports import sent_from
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome


async def _check(installation: Installation) -> list[Outcome]:
    async def send(exported: str, _: str) -> None:
        await installation.run("httpyac.cjs", {"file": exported})

    return await sent_from("http", send)


LIBRARY = Library(
    name="httpyac",
    version="6.16.7",
    registry="npm",
    requirements=("httpyac@6.16.7",),
    check=_check,
)
