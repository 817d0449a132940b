"""Opens a page in headless Chromium as a reader would, and says what came of it.

usage: browse.py PAGE --size 1280x900 --screenshot FILE.png [--script FILE.js]

The script runs in the page when it is drawn; what it says to `console.info` is printed. Fails where the page writes anything
else to the console, asks for anything from elsewhere, is wider than the window, or where the picture is empty.
"""

import argparse
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path


def find_browser():
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def run(page: Path, size: str, *options: str):
    """What the page wrote to the console, as the browser's log has it."""
    with tempfile.TemporaryDirectory() as profile:
        command = [find_browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--hide-scrollbars", f"--user-data-dir={profile}", f"--window-size={size.replace('x', ',')}",
                   "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", *options, page.resolve().as_uri()]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if result.returncode:
        sys.exit(f"the browser failed: {result.stderr[-500:]}")
    return [line for line in result.stderr.splitlines() if "CONSOLE" in line]


def is_blank(picture: Path) -> bool:
    """True if all pixels of a PNG are alike: then each row is compressed to next to nothing."""
    data, position, pixels = picture.read_bytes(), 8, b""
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position:position + 8])
        pixels += data[position + 8:position + 8 + length] if kind == b"IDAT" else b""
        position += length + 12
    return len(set(zlib.decompress(pixels))) < 8


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--size", required=True, help="of the window: WIDTHxHEIGHT")
    parser.add_argument("--screenshot", type=Path, required=True)
    parser.add_argument("--script", type=Path, help="JavaScript to run in the page")
    arguments = parser.parse_args()
    text = arguments.page.read_text()
    if re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text) or "@import" in text:
        sys.exit("the page loads something from elsewhere")
    check = arguments.script.read_text() if arguments.script else ""
    check += ";console.info(`${document.documentElement.scrollWidth} of ${window.innerWidth} pixels wide`);"
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(text.replace("</body>", f"<script>{check}</script></body>"))
        # Windows have a least width; frames have none.
        width, height = arguments.size.split("x")
        frame = Path(folder) / "frame.html"
        frame.write_text("<!DOCTYPE html><body style='margin:0'><iframe src='page.html' style='display:block;border:0;"
                         f"width:{width}px;height:{height}px'></iframe></body>")
        console = run(frame, arguments.size, f"--screenshot={arguments.screenshot.resolve()}")
    said = [re.search(r'INFO:CONSOLE[^"]*"(.*)", source: ', line) for line in console]
    mistakes = [line for line, match in zip(console, said) if not match or "Uncaught" in line]
    print(*mistakes, *[match[1] for match in said if match], sep="\n")
    width = re.search(r"(\d+) of (\d+) pixels wide", "\n".join(console))
    if not width or int(width[1]) > int(width[2]):
        sys.exit(f"the page is wider than the window: {width and width[0]}")
    if is_blank(arguments.screenshot):
        sys.exit("the picture is empty")
    sys.exit(bool(mistakes))


if __name__ == "__main__":
    main()
