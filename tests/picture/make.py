"""Makes the README's picture from the real program: the sandbox, a real terminal, what is on its screen.

    python -m tests.picture.make [SECONDS]

Wants Chromium (or rsvg-convert, whose spacing is not as good) and the fonts Fira Code and Noto Color Emoji.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.application import Application
from tests.support.processes import child_of
from tests.support.program import Home
from tests.support.terminal import on_terminal
from tests.support.until import until

_PICTURE = Path(__file__).with_name("hookscope.png")
_COLUMNS, _ROWS = 152, 36
_CHROMIUM = "--headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --disable-background-networking"


async def _draw(folder: Path, seconds: float) -> Path:
    """Let the sandbox play for a while, and save the screen."""
    drawing = folder / "screen.svg"
    home = Home(folder / "home")
    environment = {"HOOKSCOPE_TUI_SCREENSHOT": str(drawing), "COLORTERM": "truecolor"}
    async with Application() as app:
        arguments = ("run", "--sandbox", "--forward-to", app.url)
        async with on_terminal(home, *arguments, environment=environment, columns=_COLUMNS, rows=_ROWS) as terminal:
            await asyncio.sleep(seconds)
            os.kill(child_of(terminal.pid, "hookscope.tui"), signal.SIGUSR1)
            await until(lambda: drawing.exists() and drawing.read_text().rstrip().endswith("</svg>"))
            terminal.type("q")
            await terminal.end()
    return drawing


def _convert(drawing: Path) -> None:
    size = subprocess.run(["grep", "-o", 'viewBox="[^"]*"', str(drawing)], capture_output=True, text=True, check=True)
    width, height = (float(part) for part in size.stdout.splitlines()[0].strip('viewBox="').split()[2:])
    if chromium := shutil.which("chromium") or shutil.which("google-chrome"):
        with tempfile.TemporaryDirectory() as profile:
            command = [chromium, *_CHROMIUM.split(), f"--user-data-dir={profile}", f"--screenshot={_PICTURE}"]
            subprocess.run(
                [*command, f"--window-size={round(width)},{round(height)}", drawing.as_uri()],
                check=True,
                capture_output=True,
            )
    else:
        subprocess.run(["rsvg-convert", "-w", str(round(width)), "-o", str(_PICTURE), str(drawing)], check=True)


def main() -> None:
    """Make the picture."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 45.0
    with tempfile.TemporaryDirectory() as folder:
        _convert(asyncio.run(_draw(Path(folder), seconds)))
    print(f"{_PICTURE}: {_PICTURE.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main()
