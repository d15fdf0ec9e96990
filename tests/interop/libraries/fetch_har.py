"""fetch-har: sends what a HAR file holds."""

from tests.interop.exports import sent_from
from tests.interop.installation import Installation
from tests.interop.library import Library, Outcome


async def _check(installation: Installation) -> list[Outcome]:
    async def send(exported: str, url: str) -> None:
        await installation.run("fetch_har.cjs", {"har": exported, "url": url})

    return await sent_from("har", send)


LIBRARY = Library(
    name="fetch-har",
    version="11.1.1",
    registry="npm",
    requirements=("fetch-har@11.1.1",),
    check=_check,
    known={"binary": "HAR 1.2 has no encoding for what is sent; hookscope says `_encoding`, which it reads itself"},
)
