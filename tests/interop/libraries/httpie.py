"""HTTPie: sends what a command does, pasted into a shell."""

import os

from tests.interop.exports import sent_from
from tests.interop.installation import Installation, InteropError
from tests.interop.library import Library, Outcome
from tests.support.shells import run_in


async def _check(installation: Installation) -> list[Outcome]:
    programs = installation.folder / "venv" / "bin"

    async def send(exported: str, _: str) -> None:
        code, said = await run_in("sh", exported, {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"})
        if code:
            raise InteropError(said)

    return await sent_from("httpie", send)


LIBRARY = Library(
    name="httpie",
    version="3.2.4",
    registry="pip",
    requirements=("httpie==3.2.4",),
    check=_check,
)
