"""Runs a tutorial as its reader would, from top to bottom, in a checkout.

    run_tutorial.py PAGE --source CHECKOUT --build FOLDER --scratch FOLDER

Of the fenced blocks of the page,
- those that begin with ```sh are run, one shell after the other, from the root of the checkout (a copy made of links, so
  that what they write lies in the scratch folder);
- those that begin with ```LANGUAGE file=PATH are written to that file;
- a block ```text right after a ```sh block is its output: its lines must appear in this order, where `...` stands for
  anything;
- those that begin with ```LANGUAGE part-of=PATH must be part of that file of the checkout, whatever their indentation;
- others are for reading.

Exit status 1 at the first block that does not hold, which is printed with its line.
"""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Block:
    line: int       # of the page where it begins
    language: str
    options: dict
    text: str


def read_blocks(page: Path) -> list:
    """The fenced blocks of a page of Markdown in their order."""
    blocks, current = [], None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = re.match(r"```(\S*)\s*(.*)$", line)
        if current is None and fence:
            options = dict(word.partition("=")[::2] for word in fence[2].split())
            current = Block(number, fence[1], options, "")
        elif fence:
            blocks.append(current)
            current = None
        elif current is not None:
            current.text += line + "\n"
    if current is not None:
        sys.exit(f"{page}:{current.line}: a block that does not end")
    return blocks


def prepare(source: Path, build: Path, scratch: Path):
    """A checkout made of links: what is written beside them stays in the scratch folder."""
    scratch.mkdir(parents=True)
    for entry in source.iterdir():
        if entry.name not in ("build", ".git", "tutorial"):
            (scratch / entry.name).symlink_to(entry)
    (scratch / "build").symlink_to(build)
    if not (scratch / ".venv").exists():
        (scratch / ".venv" / "bin").mkdir(parents=True)
        (scratch / ".venv" / "bin" / "python").symlink_to(sys.executable)


def missing_line(expected: str, output: str):
    """The first line of `expected` that does not appear where it should; None where all do."""
    position, lines = 0, output.splitlines()
    for line in filter(str.strip, expected.splitlines()):
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in line.split("...")))
        while position < len(lines) and not pattern.search(lines[position]):
            position += 1
        if position == len(lines):
            return line
        position += 1
    return None


def plain(text: str) -> str:
    """A text without differences of white space."""
    return " ".join(text.split())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("page", type=Path)
    for name in ("source", "build", "scratch"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    arguments = parser.parse_args()
    prepare(arguments.source.resolve(), arguments.build.resolve(), arguments.scratch)
    counts = {"run": 0, "checked": 0}
    output, before = "", None
    for block in read_blocks(arguments.page):
        fail = lambda message: sys.exit(f"{arguments.page}:{block.line}: {message}\n{block.text}{output}")
        if "file" in block.options:
            path = arguments.scratch / block.options["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        elif "part-of" in block.options:
            if plain(block.text) not in plain((arguments.source / block.options["part-of"]).read_text()):
                fail(f"is not part of {block.options['part-of']}")
            counts["checked"] += 1
        elif block.language == "sh":
            result = subprocess.run(["bash", "-euo", "pipefail", "-c", block.text], cwd=arguments.scratch, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "COLUMNS": "120"})
            output = result.stdout
            if result.returncode:
                fail(f"exit status {result.returncode}")
            counts["run"] += 1
        elif block.language == "text" and before is not None and before.language == "sh":
            line = missing_line(block.text, output)
            if line is not None:
                fail(f"the output has no line '{line}'; it is:\n")
            counts["checked"] += 1
        before = block
    print(f"{arguments.page.name}: {counts['run']} blocks run, {counts['checked']} compared")


if __name__ == "__main__":
    main()
